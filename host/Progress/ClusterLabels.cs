using MeshPort.Model;

namespace MeshPort.Host.Progress;

/// <summary>Names things of several clusters by the shortest names that tell the clusters apart. One cluster needs no name.</summary>
internal sealed class ClusterLabels(IEnumerable<ClusterId> clusters)
{
    private readonly IReadOnlyList<ClusterId> _clusters = [.. clusters.Distinct()];

    /// <returns><c>CLUSTER/NAME</c>, or the name alone.</returns>
    public string Of(ClusterId? cluster, string name) =>
        _clusters.Count < 2 || cluster is not { } id ? name
        : IsUnique(id, other => other.Name) ? $"{id.Name}/{name}"
        : IsUnique(id, other => $"{other.ResourceGroup}/{other.Name}") ? $"{id.ResourceGroup}/{id.Name}/{name}"
        : $"{id.SubscriptionId}/{id.ResourceGroup}/{id.Name}/{name}";

    private bool IsUnique(ClusterId id, Func<ClusterId, string> label) =>
        _clusters.Count(other => string.Equals(label(other), label(id), StringComparison.OrdinalIgnoreCase)) == 1;
}
