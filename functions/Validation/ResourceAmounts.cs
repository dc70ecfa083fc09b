using System.Globalization;
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

    /// <summary>A quantity of Kubernetes that is not negative, up to the API server's greatest, 2^63 - 1.</summary>
    public static readonly TextRule Amount = new(text =>
        !AmountRule().IsMatch(text) ? $"'{text}' is not a quantity. Write a number with a unit, such as 250m, 0.5 or 128Mi."
        : IsTooLarge(text) ? $"'{text}' is too large. Write at most {long.MaxValue}."
        : null
    )
    {
        Pattern = AmountRule().ToString().Replace(@"\z", "$", StringComparison.Ordinal),
    };

    private const decimal Milli = 1000;

    private static bool IsTooLarge(string amount)
    {
        try
        {
            return Number(amount) > long.MaxValue;
        }
        catch (OverflowException)
        {
            return true;
        }
    }

    public static decimal Number(string amount) => new ResourceQuantity(amount).ToDecimal();

    /// <param name="amount">Fits <see cref="Amount"/>.</param>
    /// <returns>
    /// The form in which the API server stores the amount. It rounds up to a thousandth (kubernetes/kubernetes, SetDefaults_ResourceList).
    /// </returns>
    public static string Canonical(string amount)
    {
        var thousandths = Number(amount) * Milli;
        var rounded = decimal.Ceiling(thousandths);
        return new ResourceQuantity(
            rounded == thousandths ? amount : string.Create(CultureInfo.InvariantCulture, $"{rounded}m")
        ).CanonicalizeString();
    }

    [GeneratedRegex(
        @"^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMG]i|"
            + @"[a-z0-9]([a-z0-9.\-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._\-]*[A-Za-z0-9])?)\z"
    )]
    private static partial Regex NameRule();

    [GeneratedRegex(@"^\+?([0-9]{1,19}(\.[0-9]{0,9})?|\.[0-9]{1,9})([eE][+\-]?[0-9]{1,2}|[numkMGTP]|[KMGTP]i)?\z")]
    private static partial Regex AmountRule();
}
