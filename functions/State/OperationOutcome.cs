using MeshPort.Model;

namespace MeshPort.State;

/// <summary>What becomes of an operation, pure: it succeeds when what it asked for is there, and is canceled when others have asked for something else since, so that it will never be.</summary>
internal static class OperationOutcome
{
    /// <param name="cluster">As it is wanted now; null when it is gone.</param>
    /// <param name="isReady">Whether the cluster is.</param>
    /// <param name="exposures">All that are known.</param>
    /// <returns>Null when it is not there yet.</returns>
    public static OperationStatus? Of(
        OperationDocument operation,
        ClusterDocument? cluster,
        bool isReady,
        IReadOnlyDictionary<string, ExposureProgress> exposures
    )
    {
        if (operation.Exposures is not { } names)
        {
            return operation.Generation < cluster?.Metadata.Generation ? OperationStatus.Canceled
                : isReady ? OperationStatus.Succeeded
                : null;
        }

        var leaves = operation.Removed.ToHashSet(StringComparer.Ordinal);
        var wanted = names
            .Where(name => !leaves.Contains(name))
            .Select(name => exposures.GetValueOrDefault(name, ExposureProgress.Leaving))
            .Where(progress => progress != ExposureProgress.Leaving)
            .ToList();
        return wanted.Count == 0 && leaves.Count == 0 ? OperationStatus.Canceled // all that it asked for was to be removed since
            : wanted.TrueForAll(progress => progress == ExposureProgress.Ready)
            && !leaves.Any(name => exposures.GetValueOrDefault(name) == ExposureProgress.Leaving)
                ? OperationStatus.Succeeded
            : null;
    }

    /// <summary>When the cluster is removed: what asked for it has succeeded, and what asked for anything else never will.</summary>
    public static OperationStatus OfRemoval(OperationDocument operation, ClusterDocument removed) =>
        operation.Exposures is { } names
            ? operation.Removed.Count == names.Count
                ? OperationStatus.Succeeded
                : OperationStatus.Canceled
            : operation.Generation < removed.Metadata.Generation
                ? OperationStatus.Canceled
                : OperationStatus.Succeeded;
}

/// <summary>How far an exposure is.</summary>
internal enum ExposureProgress
{
    NotReady,
    Ready,

    /// <summary>Its removal was asked for.</summary>
    Leaving,
}
