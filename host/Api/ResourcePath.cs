using MeshPort.Model;

namespace MeshPort.Host.Api;

/// <summary>The paths of resources: <c>/api/subscriptions/S/resourceGroups/G/clusters/C/exposures/E</c>.</summary>
internal static class ResourcePath
{
    public static string Exposure(ClusterId cluster, string name) => $"{cluster.Path}/exposures/{name}";

    public static bool IsPath(string name) => Parts(name) is ["api", ..] or ["subscriptions", ..];

    /// <summary>The cluster and the exposure of a path. The exposure is null for the path of a cluster.</summary>
    /// <returns>Null for the path of something else.</returns>
    public static (ClusterId Cluster, string? Exposure)? Of(string path) =>
        Parts(path) switch
        {
            ["api", .. var rest] => Of(rest),
            var rest => Of(rest),
        };

    /// <summary>The cluster of a path in an answer of the server. Parts that are missing are empty.</summary>
    public static ClusterId ClusterOf(string path) => Of(path)?.Cluster ?? new("", "", "");

    /// <summary>The cluster of the path of an operation, which may begin with the path of the server.</summary>
    public static ClusterId? ClusterOfOperation(string path) =>
        path.IndexOf("/subscriptions/", StringComparison.OrdinalIgnoreCase) is >= 0 and var begin
        && path.LastIndexOf("/operations/", StringComparison.OrdinalIgnoreCase) is var end
        && end > begin
            ? Of(path[begin..end])?.Cluster
            : null;

    private static (ClusterId, string?)? Of(string[] parts)
    {
        if (parts.Length is not (6 or 8) || !Is(0, "subscriptions") || !Is(2, "resourceGroups") || !Is(4, "clusters"))
        {
            return null;
        }

        var cluster = new ClusterId(parts[1], parts[3], parts[5]);
        return parts.Length == 6 ? (cluster, null)
            : Is(6, "exposures") ? (cluster, parts[7])
            : null;

        bool Is(int index, string collection) => string.Equals(parts[index], collection, StringComparison.OrdinalIgnoreCase);
    }

    private static string[] Parts(string path) => path.Trim('/').Split('/');
}
