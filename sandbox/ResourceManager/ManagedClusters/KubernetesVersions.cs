using System.Globalization;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The offered Kubernetes versions: minor versions with their patches. A minor version alone means its newest patch.</summary>
internal static class KubernetesVersions
{
    public const string Default = "1.34";

    private static readonly IReadOnlyList<string> Offered =
    [
        "1.37.0",
        "1.36.1",
        "1.36.0",
        "1.35.2",
        "1.35.1",
        "1.34.4",
        "1.34.3",
        "1.33.8",
        "1.33.7",
        "1.32.11",
        "1.32.10",
    ];

    public static IEnumerable<string> Supported => Offered;

    /// <summary>The full version of a requested one ("1.34", "1.34.4"). Null when it is not offered.</summary>
    public static string? Resolve(string requested) => Offered.FirstOrDefault(known => known == requested || Minor(known) == requested);

    /// <summary>The version after a request took effect: a minor version that already runs keeps its patch.</summary>
    public static string? Reached(string? requested, string? current) =>
        requested is null || (current is not null && Minor(current) == requested) ? current : Resolve(requested) ?? current;

    /// <summary>Newer patches, and those of the next minor version (minor versions cannot be skipped). Newest first.</summary>
    public static IReadOnlyList<string> UpgradesOf(string current) =>
        [
            .. Offered.Where(version =>
                MinorNumber(version) == MinorNumber(current)
                    ? Compare(version, current) > 0
                    : MinorNumber(version) == MinorNumber(current) + 1
            ),
        ];

    /// <summary>The versions for a cluster's node pools: the cluster's own, or older ones within three minor versions.</summary>
    public static IReadOnlyList<string> ForPools(string controlPlane) =>
        [.. Offered.Where(version => Compare(version, controlPlane) <= 0 && MinorNumber(version) >= MinorNumber(controlPlane) - 3)];

    public static int Compare(string one, string other) => Version.Parse(one).CompareTo(Version.Parse(other));

    public static string Minor(string version) => string.Join('.', version.Split('.').Take(2));

    public static int MinorNumber(string version) => int.Parse(version.Split('.')[1], CultureInfo.InvariantCulture);
}
