using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Decides how an operation ends, pure. It succeeds when the state that its request asked for is reached. It is canceled when a later
/// request replaced that state.
/// </summary>
internal static class OperationOutcome
{
    /// <param name="cluster">The desired cluster; null when it no longer exists.</param>
    /// <param name="isReady">Whether the cluster is ready.</param>
    /// <param name="exposures">All exposures that exist.</param>
    /// <returns>
    /// Null while the outcome is open. Exposures that later requests replaced or deleted do not count; without any other the operation is
    /// canceled.
    /// </returns>
    public static OperationStatus? Of(
        OperationDocument operation,
        ClusterDocument? cluster,
        bool isReady,
        IReadOnlyDictionary<string, RequestedExposure> exposures
    )
    {
        if (operation.Exposures is not { } names)
        {
            return operation.Generation < cluster?.Metadata.Generation ? OperationStatus.Canceled
                : isReady ? OperationStatus.Succeeded
                : null;
        }

        var deleted = operation.Removed.ToHashSet(StringComparer.Ordinal);
        var wanted = names
            .Where(name => !deleted.Contains(name))
            .Select(OfThisRequest)
            .OfType<ExposureProgress>()
            .Where(progress => progress != ExposureProgress.Leaving)
            .ToList();
        return wanted.Count == 0 && deleted.Count == 0 ? OperationStatus.Canceled
            : wanted.TrueForAll(progress => progress == ExposureProgress.Ready)
            && !deleted.Any(name => OfThisRequest(name) == ExposureProgress.Leaving)
                ? OperationStatus.Succeeded
            : null;

        // A batch that needs several commits gets a greater number than its exposures.
        ExposureProgress? OfThisRequest(string name) =>
            exposures.TryGetValue(name, out var exposure) && exposure.Change <= operation.Change ? exposure.Progress : null;
    }

    /// <summary>
    /// The outcome when the cluster is deleted: deletions succeed, and requests for a state that was never reached are canceled.
    /// </summary>
    public static OperationStatus OfRemoval(OperationDocument operation, ClusterDocument removed)
    {
        var isCanceled = operation.Exposures is { } names
            ? operation.Removed.Count < names.Count
            : operation.Generation < removed.Metadata.Generation;
        return isCanceled ? OperationStatus.Canceled : OperationStatus.Succeeded;
    }
}

/// <param name="Change">The change number of the last request that changed or deleted the exposure.</param>
internal readonly record struct RequestedExposure(ExposureProgress Progress, long Change);

internal enum ExposureProgress
{
    NotReady,
    Ready,

    /// <summary>A request has deleted the exposure, and the cluster still has something of it.</summary>
    Leaving,
}
