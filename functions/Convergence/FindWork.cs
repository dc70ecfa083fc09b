using System.Text.Json.Serialization;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>Tells the keeper whether there is work.</summary>
internal sealed class FindWork(StatusStore log, Resync resync)
{
    [Function(nameof(FindWork))]
    public async Task<KeeperOrder> RunAsync([ActivityTrigger] ClusterId cluster, CancellationToken cancellationToken) =>
        await log.LoadAsync(cluster, cancellationToken) switch
        {
            null => new KeeperOrder(KeeperWork.None, TimeSpan.Zero),
            { IsWork: var isWork, Document.Spec: var spec } => new KeeperOrder(
                isWork ? KeeperWork.Converge : KeeperWork.Wait,
                resync.Of(spec)
            ),
        };
}

/// <param name="Resync">The time until the next resync. It is part of the answer, since an orchestrator may not read settings.</param>
/// <param name="IsReady">After a resync that found no work: whether everything is as desired.</param>
/// <param name="Observed">After a resync, if the cluster is not idle.</param>
public sealed record KeeperOrder(KeeperWork Work, TimeSpan Resync, bool IsReady = false, ClusterObservation? Observed = null);

[JsonConverter(typeof(JsonStringEnumConverter<KeeperWork>))]
public enum KeeperWork
{
    /// <summary>The cluster is not wanted any more.</summary>
    None,

    /// <summary>Nothing new: wait for a change or for the next resync.</summary>
    Wait,

    Converge,
}
