using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Azure.Storage.Queues.Models;

namespace MeshPort.Runtime.Tests.Contract;

public sealed class ContractSurfaceTests
{
    /// <summary>Namespaces of the contract and of the official packages. The longest comes first.</summary>
    private static readonly (string Ours, string Official)[] Namespaces =
    [
        ("MeshPort.Runtime.Contract.DurableTask", "Microsoft.DurableTask"),
        ("MeshPort.Runtime.Contract.Worker", "Microsoft.Azure.Functions.Worker"),
    ];

    private static readonly Type[] AzureTypes = [typeof(EventGridEvent), typeof(CloudEvent), typeof(QueueMessage)];

    private static readonly IReadOnlyDictionary<string, IReadOnlySet<string>> Listed = SignatureList.Read();

    private static readonly Dictionary<string, Type> Ours = typeof(LocalHost).Assembly.GetExportedTypes()
        .Where(type => type.Namespace?.StartsWith("MeshPort.Runtime.Contract", StringComparison.Ordinal) == true)
        .Concat(AzureTypes)
        .ToDictionary(type => TypeSignatures.Of(type, OfficialNamespace(type)));

    [Fact]
    public void Every_listed_type_is_in_the_contract() => AssertNone(Listed.Keys.Except(Ours.Keys));

    [Fact]
    public void No_public_type_of_the_contract_is_not_listed() => AssertNone(Ours.Keys.Except(Listed.Keys));

    [Fact]
    public void Nothing_that_is_listed_is_missing_from_its_type() =>
        AssertNone(Both().SelectMany(pair => pair.Listed.Except(pair.Ours).Select(line => $"{pair.Type}: {line}")));

    [Fact]
    public void No_type_has_a_public_member_that_is_not_listed() =>
        AssertNone(Both().SelectMany(pair => pair.Ours.Except(pair.Listed).Select(line => $"{pair.Type}: {line}")));

    [Fact]
    public void The_contract_does_not_let_types_of_the_engine_through() =>
        Assert.All(
            typeof(LocalHost).Assembly.GetExportedTypes(),
            type => Assert.True(type.Namespace == "MeshPort.Runtime" || type.Namespace?.StartsWith("MeshPort.Runtime.Contract", StringComparison.Ordinal) == true, $"{type} is public."));

    /// <summary>All differences are in the message, a line each.</summary>
    private static void AssertNone(IEnumerable<string> differences) => Assert.Equal("", string.Join("\n", differences));

    private static IEnumerable<(string Type, IReadOnlySet<string> Listed, HashSet<string> Ours)> Both() =>
        from entry in Listed
        where Ours.ContainsKey(entry.Key)
        select (entry.Key, entry.Value, MemberSignatures.Of(Ours[entry.Key]).ToHashSet(StringComparer.Ordinal));

    private static string OfficialNamespace(Type type)
    {
        var space = type.Namespace ?? "";
        foreach (var (ours, official) in Namespaces)
        {
            if (space.StartsWith(ours, StringComparison.Ordinal))
            {
                return official + space[ours.Length..];
            }
        }

        return space;
    }
}
