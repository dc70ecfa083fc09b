using MeshPort.Host.Api;
using MeshPort.Model;

namespace MeshPort.Host.Planning;

/// <summary>The changes that an apply would make.</summary>
internal sealed record EnvironmentPlan(IReadOnlyList<ClusterPlan> Clusters)
{
    public int Count(string action) => Clusters.Sum(cluster => cluster.Changes.Count(change => change.Action == action));

    public bool HasChanges => Clusters.Any(cluster => cluster.HasChanges);

    public ClusterPlan? Of(ClusterId cluster) => Clusters.FirstOrDefault(plan => plan.Id == cluster);
}

/// <param name="Changes">In the order of the server.</param>
/// <param name="Removed">The exposures that --prune removes.</param>
/// <param name="Kept">The exposures that the file does not have, and that stay.</param>
internal sealed record ClusterPlan(
    ClusterId Id,
    IReadOnlyList<ChangeView> Changes,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Kept
)
{
    /// <summary>Whether there are changes, or may be some that are not known.</summary>
    public bool HasChanges => Changes.Any(change => change.Action != "none");
}
