using System.Globalization;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Whether the Kubernetes version of a cluster fits the one of its spec, pure. Where AKS upgrades the cluster by itself, the version of the
/// spec is a minimum. Nobody can downgrade a cluster.
/// <code>
/// upgrade channel (autoUpgradeProfile)   fits
/// rapid, stable                          the same version or a later one
/// patch                                  the same minor version, the same patch or a later one
/// node-image, none, absent, any other    the same version
/// </code>
/// A version without a patch, such as 1.33, stands for all its patches.
/// </summary>
internal static class KubernetesVersions
{
    /// <param name="found">Such as <c>1.33.2</c>.</param>
    /// <param name="wanted">Such as <c>1.33</c> or <c>1.33.2</c>.</param>
    /// <param name="channel">Null when the cluster has none.</param>
    public static bool Fits(string found, string wanted, string? channel) =>
        IsSame(found, wanted)
        || channel?.ToLowerInvariant() switch
        {
            "rapid" or "stable" => IsLater(found, wanted),
            "patch" => IsLater(found, wanted) && Minor(found) == Minor(wanted),
            _ => false,
        };

    /// <summary>Whether the cluster has a later version than the spec, so that no upgrade leads to that of the spec.</summary>
    public static bool IsLater(string found, string wanted) => Number(found) is { } one && Number(wanted) is { } other && one > other;

    /// <summary>Such as <c>1.33</c>.</summary>
    public static string Minor(string version) => string.Join('.', version.Split('.').Take(2));

    /// <inheritdoc cref="Fits" path="/param"/>
    public static bool IsSame(string found, string wanted) => found == wanted || found.StartsWith($"{wanted}.", StringComparison.Ordinal);

    private static Version? Number(string version)
    {
        var parts = version.Split('-')[0].Split('.').Take(3).ToList();
        return
            parts.TrueForAll(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            && Version.TryParse(parts.Count == 1 ? $"{parts[0]}.0" : string.Join('.', parts), out var number)
            ? number
            : null;
    }
}
