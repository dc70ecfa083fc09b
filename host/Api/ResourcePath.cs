using MeshPort.Model;

namespace MeshPort.Host.Api;

/// <summary>The paths of resources: <c>/api/subscriptions/S/resourceGroups/G/clusters/C/exposures/E</c>.</summary>
internal static class ResourcePath
{
    public static string Exposure(ClusterId cluster, string name) => $"{cluster.Path}/exposures/{name}";

    /// <summary>The cluster of a path. Parts that are missing are empty.</summary>
    public static ClusterId ClusterOf(string path) =>
        new(Part(path, "subscriptions") ?? "", Part(path, "resourceGroups") ?? "", Part(path, "clusters") ?? "");

    /// <summary>The part behind a collection's name. Null when the path has none.</summary>
    private static string? Part(string path, string collection)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var at = Array.FindIndex(parts, part => string.Equals(part, collection, StringComparison.OrdinalIgnoreCase));
        return at >= 0 && at + 1 < parts.Length ? parts[at + 1] : null;
    }
}
