using System.Collections.Frozen;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The general-purpose virtual machine sizes offered in every location.</summary>
internal static class VmSizes
{
    private static readonly FrozenDictionary<string, VmSize> Known = VmSeries.Sizes.ToFrozenDictionary(
        size => size.Name,
        StringComparer.OrdinalIgnoreCase
    );

    public static IReadOnlyList<VmSize> All { get; } = [.. Known.Values.OrderBy(size => size.Name, StringComparer.Ordinal)];

    /// <summary>The families of the quota.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. VmSeries.Sizes.Select(size => size.Family).Distinct()];

    public static bool Exists(string size) => Known.ContainsKey(size);

    /// <exception cref="KeyNotFoundException">There is no such size: clusters that name one are refused.</exception>
    public static VmSize Of(string size) => Known[size];
}
