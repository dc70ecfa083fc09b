using System.Text.Json.Serialization;
using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>Tells the keeper whether there is something to do.</summary>
internal sealed class FindWork(ConvergenceLog log)
{
    [Function(nameof(FindWork))]
    public async Task<KeeperWork> RunAsync([ActivityTrigger] ClusterId cluster, CancellationToken cancellationToken) =>
        await log.FindDesireAsync(cluster, cancellationToken) switch
        {
            null => KeeperWork.None,
            { IsWork: true } => KeeperWork.Converge,
            _ => KeeperWork.Wait,
        };
}

[JsonConverter(typeof(JsonStringEnumConverter<KeeperWork>))]
public enum KeeperWork
{
    /// <summary>The cluster is not wanted any more.</summary>
    None,

    /// <summary>Nothing new: wait for a change or for the next resync.</summary>
    Wait,

    Converge,
}
