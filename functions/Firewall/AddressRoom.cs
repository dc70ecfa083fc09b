using System.Text.Json.Nodes;

namespace MeshPort.Firewall;

/// <summary>
/// The room for addresses and ports in a security group. All its rules together have at most 4,000 of each kind ("Azure Resource Manager
/// virtual networking limits" of Azure's documentation; kubernetes-sigs/cloud-provider-azure issues 2725 and 5919). Service tags and
/// <c>*</c> do not count.
/// </summary>
internal sealed class AddressRoom
{
    private const int Most = 4000;
    private static readonly string[] Kinds = ["source ports", "destination ports", "source prefixes", "destination prefixes"];
    private readonly int[] _used = new int[Kinds.Length];

    /// <param name="rules">The rules of the group. One that goes takes room until Azure has deleted it.</param>
    public AddressRoom(IEnumerable<JsonObject> rules)
    {
        foreach (var rule in rules)
        {
            Add(Sizes(rule));
        }
    }

    /// <summary>Takes the room for a rule.</summary>
    /// <param name="before">The rule as it is; null for a new one.</param>
    /// <returns>What the group has no room for; null when it has room.</returns>
    public string? Take(JsonObject? before, JsonObject rule)
    {
        // A rule that becomes smaller gives its room when Azure has changed it.
        var had = before is null ? new int[Kinds.Length] : Sizes(before);
        var more = Sizes(rule).Zip(had, (size, known) => Math.Max(0, size - known)).ToArray();
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            if (more[kind] > 0 && _used[kind] + more[kind] > Most)
            {
                return $"has {_used[kind]} {Kinds[kind]}, the rule needs {more[kind]} more, and Azure allows {Most}. "
                    + "Remove rules from it, or list fewer prefixes in allowedSources.";
            }
        }

        Add(more);
        return null;
    }

    private void Add(int[] sizes)
    {
        for (var kind = 0; kind < sizes.Length; kind++)
        {
            _used[kind] += sizes[kind];
        }
    }

    private static int[] Sizes(JsonObject rule) =>
        [.. SecurityRule.Lists.Select(list => SecurityRule.Values(rule, list.Single, list.Several).Count(IsCounted))];

    /// <summary>Whether the text is a port, a range of ports, an address or a prefix.</summary>
    private static bool IsCounted(string text) => char.IsAsciiDigit(text[0]) || text.Contains(':', StringComparison.Ordinal);
}
