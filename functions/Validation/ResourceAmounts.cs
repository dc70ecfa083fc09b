using System.Text.RegularExpressions;
using k8s.Models;

namespace MeshPort.Validation;

/// <summary>Reads amounts of resources, such as <c>cpu: 250m</c>, and gives them the form in which the API server stores them.</summary>
internal static partial class ResourceAmounts
{
    private const int Most = 20;

    private static readonly TextRule Name = TextRule.Of(
        NameRule(),
        text => $"'{text}' is not a resource of a container. Use cpu, memory, ephemeral-storage, or a name with a domain.",
        longest: 253
    );

    public static IReadOnlyDictionary<string, string> Read(SpecReader reader, string name)
    {
        var amounts = reader.QuantityMap(name, Name);
        reader.RefuseMore(name, amounts.Count, Most);
        return amounts;
    }

    /// <summary>A quantity of Kubernetes that is not negative.</summary>
    public static readonly TextRule Amount = TextRule.Of(
        AmountRule(),
        text => $"'{text}' is not a quantity. Write a number with a unit, such as 250m, 0.5 or 128Mi."
    );

    public static decimal Number(string amount) => new ResourceQuantity(amount).ToDecimal();

    /// <param name="amount">Matches <see cref="Amount"/>.</param>
    public static string Canonical(string amount) => new ResourceQuantity(amount).CanonicalizeString();

    [GeneratedRegex(
        @"^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMG]i|"
            + @"[a-z0-9]([a-z0-9.\-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._\-]*[A-Za-z0-9])?)\z"
    )]
    private static partial Regex NameRule();

    [GeneratedRegex(@"^([0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9})([eE][0-9]|[numkMGTP]|[KMGTP]i)?\z")]
    private static partial Regex AmountRule();
}
