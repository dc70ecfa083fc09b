using System.Text.Json.Nodes;

namespace MeshPort.ManagedClusters;

/// <summary>Chooses a mesh revision from a location's meshRevisionProfiles, pure.</summary>
internal static class MeshRevisions
{
    /// <summary>The newest revision that is compatible with the Kubernetes version; null when no revision is.</summary>
    /// <param name="revisions">
    /// <c>properties.meshRevisions</c>: each has a revision and <c>compatibleWith[].versions</c> of minors such as 1.34.
    /// </param>
    public static string? Newest(JsonArray revisions, string kubernetesVersion)
    {
        var minor = string.Join('.', kubernetesVersion.Split('.').Take(2));
        return revisions
            .Where(revision =>
                (revision?["compatibleWith"] as JsonArray ?? []).Any(set =>
                    (set?["versions"] as JsonArray ?? []).Any(version => version?.GetValue<string>() == minor)
                )
            )
            .Select(revision => revision?["revision"]?.GetValue<string>() ?? "")
            .MaxBy(Order);
    }

    /// <summary>asm-1-9 comes before asm-1-10.</summary>
    private static (int Major, int Minor) Order(string revision) =>
        revision.Split('-') is [_, var major, var minor] && int.TryParse(major, out var first) && int.TryParse(minor, out var second)
            ? (first, second)
            : (0, 0);
}
