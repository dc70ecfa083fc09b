using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The Istio add-on's revisions and the Kubernetes versions that each works with (reference domain.md, section 1.2).</summary>
internal static class MeshRevisions
{
    // In order: each can be upgraded to the next two.
    private static readonly (string Revision, int FirstMinor, int LastMinor)[] Known =
    [
        ("asm-1-27", 29, 35),
        ("asm-1-28", 30, 35),
        ("asm-1-29", 31, 36),
        ("asm-1-30", 32, 36),
    ];

    public static IEnumerable<string> Names => Known.Select(known => known.Revision);

    public static bool Exists(string revision) => Names.Contains(revision);

    public static bool Works(string revision, string kubernetesVersion) =>
        Known.Any(known => known.Revision == revision && Minor(kubernetesVersion) >= known.FirstMinor && Minor(kubernetesVersion) <= known.LastMinor);

    /// <summary>What a new mesh gets when nobody chose: the last but one, if it works with the cluster, else the newest that does.</summary>
    public static string? Default(string kubernetesVersion) =>
        Works(Known[^2].Revision, kubernetesVersion) ? Known[^2].Revision : Names.LastOrDefault(revision => Works(revision, kubernetesVersion));

    public static bool AreConsecutive(IReadOnlyList<string> revisions) =>
        revisions.Select(revision => Array.FindIndex(Known, known => known.Revision == revision)).ToArray() is [var one, var other] && Math.Abs(one - other) is 1 or 2;

    public static JsonArray Describe() => [.. Known.Select((known, index) =>
    {
        var versions = Enumerable.Range(known.FirstMinor, known.LastMinor - known.FirstMinor + 1).Select(minor => $"1.{minor}").ToList();
        var described = new JsonObject
        {
            ["revision"] = known.Revision,
            ["compatibleWith"] = new JsonArray(Compatible("KubernetesOfficial", versions), Compatible("AKSLongTermSupport", versions)),
        };
        if (index + 1 < Known.Length) // the newest has no such key
        {
            described["upgrades"] = new JsonArray([.. Known.Skip(index + 1).Take(2).Select(next => (JsonNode)next.Revision)]);
        }

        return described;
    })];

    private static JsonObject Compatible(string name, List<string> versions) =>
        new() { ["name"] = name, ["versions"] = new JsonArray([.. versions.Select(version => (JsonNode)version)]) };

    private static int Minor(string version) => int.Parse(version.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture);
}
