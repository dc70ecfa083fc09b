using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// The documents of the cluster itself, from one read of the store: its spec, its status and the progress of its convergences.
/// </summary>
/// <param name="Resource">The spec with the observed status, without the history.</param>
/// <param name="Version">Version of <paramref name="Document"/>.</param>
/// <param name="StatusVersion">Version of the status document; <see cref="StateChange.New"/> before the first status is recorded.</param>
/// <param name="ProgressVersion">
/// Version of <paramref name="Progress"/>; <see cref="StateChange.New"/> before the first convergence.
/// </param>
internal sealed record ClusterState(
    Resource<ClusterSpec> Resource,
    ClusterDocument Document,
    ConvergenceDocument Progress,
    string Version,
    string StatusVersion,
    string ProgressVersion
)
{
    private const int DocumentCount = 3;

    /// <summary>Whether a change was requested that no finished convergence has worked from.</summary>
    public bool IsWork => Document.Change > Progress.Observed;

    /// <summary>Whether a convergence has taken up changes that it has not finished yet.</summary>
    public bool IsConverging => Progress.TakenUp > Progress.Observed;

    /// <returns>Null when the cluster does not exist.</returns>
    public static async Task<ClusterState?> FindAsync(IStateStore store, ClusterId id, CancellationToken cancellationToken)
    {
        var rows = await store.ListAsync(Documents.Partition(id), Documents.Cluster, null, DocumentCount, cancellationToken);
        if (Read<ClusterDocument>(rows, Documents.Cluster) is not { Document: var cluster, Version: var version })
        {
            return null;
        }

        var status = Read<StatusDocument>(rows, Documents.ClusterStatus);
        var progress = Read<ConvergenceDocument>(rows, Documents.Convergence);
        return new ClusterState(
            new Resource<ClusterSpec>(
                cluster.Spec,
                cluster.Metadata,
                status?.Document.Read() ?? ResourceStatus.New(ConditionTypes.OfCluster, cluster.Metadata.CreatedAt)
            ),
            cluster,
            progress?.Document ?? ConvergenceDocument.None,
            version,
            status?.Version ?? StateChange.New,
            progress?.Version ?? StateChange.New
        );
    }

    private static Stored<T>? Read<T>(IReadOnlyList<StateRow> rows, string key)
        where T : class => rows.FirstOrDefault(row => row.Key == key) is { } row ? Stored<T>.Read(row) : null;
}
