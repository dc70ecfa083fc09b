using MeshPort.Host.Api;
using MeshPort.Host.Output;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>Follows operations on the screen until they end, the time is over, or a person leaves. The server continues anyway.</summary>
/// <param name="continuation">The command that continues to follow.</param>
internal sealed class Follower(Screen screen, Format format, TimeSpan? timeout, string continuation)
{
    private const int MostRunning = 50;

    /// <summary>The server's time, which then counts for the timeout. Null when only its answers tell the time.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Runs at each sign of progress. An exception stops the following.</summary>
    public Action Check { get; init; } = () => { };

    /// <summary>The command that follows everything that runs for the clusters.</summary>
    public static string Watch(IEnumerable<ClusterId> clusters) =>
        $"meshport watch {string.Join(' ', clusters.Distinct().Select(id => $"{id.SubscriptionId}/{id.ResourceGroup}/{id.Name}"))}";

    public async Task<IReadOnlyList<JourneyStep>> FollowAsync(
        Journey journey,
        IReadOnlyList<Uri> operations,
        CancellationToken cancellationToken
    )
    {
        using var late = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan, Clock ?? TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var time = new ServiceTime();
        try
        {
            return await screen
                .Progress(format, Clock ?? time)
                .ShowAsync(progress =>
                    journey.FollowAsync(
                        operations,
                        report =>
                        {
                            time.Saw(report.Steps);
                            progress(report);
                            Check();
                        },
                        both.Token
                    )
                );
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new LeftException($"The server continues. To watch it, run: {continuation}");
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new LateException(
                $"The operation is not over after {SimulatedDuration.Text(timeout)}. The server continues. To watch it, run: {continuation}"
            );
        }
    }

    /// <summary>The running operations of a cluster. None from a server that cannot list them.</summary>
    /// <param name="exposures">Only operations of the cluster itself, and of these exposures. Null: all operations.</param>
    public static async Task<IReadOnlyList<Uri>> RunningAsync(
        MeshPortApi api,
        ClusterId cluster,
        IReadOnlyCollection<string>? exposures,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return
            [
                .. (await api.ListOperationsAsync(cluster, MostRunning, cancellationToken))
                    .Where(operation => !operation.IsOver && operation.Path is not null)
                    .Where(operation => exposures is null || operation.Exposures?.Any(exposures.Contains) != false)
                    .Select(operation => new Uri(api.Address, operation.Path)),
            ];
        }
        catch (ApiException missing) when (missing.Status is 0 or 404)
        {
            return [];
        }
    }
}
