using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The Istio add-on's revisions and their compatible Kubernetes versions (reference domain.md, section 1.2).</summary>
internal static class MeshRevisionCatalog
{
    // Not available for new installations since May 2026. Existing ones keep running.
    private const string Deprecated = "asm-1-27";

    // The default revision of a new mesh.
    private const string Usual = "asm-1-29";

    // In order: each can be upgraded to the next two.
    private static readonly (string Revision, int FirstMinor, int LastMinor)[] Known =
    [
        ("asm-1-27", 29, 35),
        ("asm-1-28", 30, 35),
        ("asm-1-29", 31, 36),
        ("asm-1-30", 32, 36),
        ("asm-1-31", 33, 37), // an assumption, no source names it yet: the first revision with TCP listeners of the Gateway API
    ];

    public static bool IsInstallable(string revision) => revision != Deprecated && Known.Any(known => known.Revision == revision);

    public static bool Works(string revision, string kubernetesVersion) =>
        Known.Any(known =>
            known.Revision == revision
            && KubernetesVersions.MinorNumber(kubernetesVersion) >= known.FirstMinor
            && KubernetesVersions.MinorNumber(kubernetesVersion) <= known.LastMinor
        );

    /// <summary>
    /// The revision of a new mesh without a requested one: the default if it works with the cluster, otherwise the newest that does.
    /// </summary>
    public static string? Default(string kubernetesVersion) =>
        Works(Usual, kubernetesVersion)
            ? Usual
            : Known
                .Select(known => known.Revision)
                .LastOrDefault(revision => IsInstallable(revision) && Works(revision, kubernetesVersion));

    public static IReadOnlyList<string> UpgradesOf(string revision) =>
        [.. Known.SkipWhile(known => known.Revision != revision).Skip(1).Take(2).Select(next => next.Revision)];

    public static JsonArray Describe() => [.. Known.Select(known => DescribeOne(known.Revision))];

    /// <summary>The newest revision has no <c>upgrades</c> (reference arm.md, section 3, quirk 4).</summary>
    public static JsonObject DescribeOne(string revision)
    {
        var known = Known.First(one => one.Revision == revision);
        var versions = Enumerable.Range(known.FirstMinor, known.LastMinor - known.FirstMinor + 1).Select(minor => $"1.{minor}").ToList();
        var described = new JsonObject
        {
            ["revision"] = revision,
            ["compatibleWith"] = new JsonArray(Compatible("KubernetesOfficial", versions), Compatible("AKSLongTermSupport", versions)),
        };
        if (UpgradesOf(revision) is { Count: > 0 } upgrades)
        {
            described["upgrades"] = new JsonArray([.. upgrades.Select(next => (JsonNode)next)]);
        }

        return described;
    }

    private static JsonObject Compatible(string name, List<string> versions) =>
        new() { ["name"] = name, ["versions"] = new JsonArray([.. versions.Select(version => (JsonNode)version)]) };
}
