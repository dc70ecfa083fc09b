using System.Text.Json.Serialization;
using MeshPort.Discovery;
using MeshPort.Firewall;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Proof;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>
/// One pass over all exposures of a cluster. It loads State once, reads the cluster's objects once, runs the steps in order, and records
/// what this pass has observed once. A pass can be repeated after any crash.
/// </summary>
internal sealed class PassExposures(
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    ExposureRemoval removals,
    StatusStore statuses,
    ExposureSteps steps,
    SubnetFirewall firewall,
    ReachabilityProbe probe,
    ServiceDiscovery discovery,
    RequestLinks links,
    Resync resync,
    ILogger<PassExposures> logger
)
{
    [Function(nameof(PassExposures))]
    public async Task<PassResult> RunAsync([ActivityTrigger] PassInput input, CancellationToken cancellationToken)
    {
        var taken = input.Scope == PassScope.All ? await TakeUpAsync(input, cancellationToken) : null;
        if ((taken?.Resource ?? await clusters.GetAsync(input.Cluster, cancellationToken)) is not { } cluster)
        {
            return PassResult.Nothing(input.Change);
        }

        var all = await exposures.ListAsync(input.Cluster, cancellationToken);
        var isLetGo = input.Scope is PassScope.Removal or PassScope.FirewallRemoval;
        if (isLetGo && cluster.Metadata.Generation != input.Generation)
        {
            return PassResult.OfRemoval(input.Change, StepResult.SpecChanged);
        }

        var pass = new ExposurePass(
            input.Cluster,
            cluster,
            [.. all.Where(exposure => !isLetGo && exposure.Metadata.DeletedAt is null).Select(NamedExposure.Of)],
            [.. all.Where(exposure => isLetGo || exposure.Metadata.DeletedAt is not null).Select(NamedExposure.Of)],
            isLast: isLetGo || IsLast(input, taken)
        )
        {
            LetsGo = input.Scope == PassScope.Removal,
        };
        var run = new PassRun(pass, connections, steps, firewall, statuses, probe, resync);
        switch (input.Scope)
        {
            case PassScope.FirewallRemoval:
                return PassResult.OfRemoval(input.Change, await run.CloseFirewallAsync(cancellationToken));
            case PassScope.Removal:
                var left = await RemoveAsync(run, pass, input.Change, cancellationToken);
                var answers = run.Objects is { } objects
                    ? await discovery.ClearAsync(input.Cluster, cluster, objects, cancellationToken)
                    : null;
                return PassResult.OfRemoval(
                    input.Change,
                    left.Observation.Status == ConditionStatus.True && answers is not null ? answers : left
                );
            case PassScope.Workloads:
                await run.DeployWorkloadsAsync(cancellationToken);
                await RecordAsync(run, pass, isWhole: false, cancellationToken);
                return PassResult.Nothing(input.Change);
        }

        var change = taken?.Document.Change ?? input.Change;
        var removal = pass.Deleting.Count == 0 ? null : await RemoveAsync(run, pass, change, cancellationToken);
        await run.ReachAsync(cancellationToken);
        var known = await RecordAsync(run, pass, isWhole: true, cancellationToken);
        var isRemoved = removal is { Observation.Status: ConditionStatus.True };
        var remaining = all.Where(exposure => exposure.Metadata.DeletedAt is null || !isRemoved);
        var isDiscovered = await DiscoverAsync(run, pass, cluster, remaining, known, cancellationToken);
        var result = run.Result(change, removal);
        result = result with
        {
            Waits = result.Waits || (isDiscovered && !pass.IsLast),
            WaitsForLoadBalancer =
                result.Waits && known.Any(status => status.Conditions.Any(condition => condition.Reason == Reasons.LoadBalancerFailed)),
        };
        return
            taken is { IsWork: false }
            && (removal is null || isRemoved)
            && result is { Waits: false, Obstacle: null }
            && Conclusion.IsDrawn(cluster.Status, statuses.Now)
            ? result with
            {
                HasEnded = true,
                IsReady = End(input, cluster, known),
            }
            : result;
    }

    /// <summary>Lets annotations of Services request exposures, and answers them with what this pass has observed.</summary>
    /// <param name="known">The statuses of the wanted exposures after the pass.</param>
    /// <returns>Whether another pass is needed.</returns>
    private Task<bool> DiscoverAsync(
        PassRun run,
        ExposurePass pass,
        Resource<ClusterSpec> cluster,
        IEnumerable<Resource<ExposureSpec>> remaining,
        IReadOnlyList<ResourceStatus> known,
        CancellationToken cancellationToken
    )
    {
        var after = pass.Wanted.Zip(known).ToDictionary(one => one.First.Name, one => one.Second, StringComparer.Ordinal);
        return discovery.RunAsync(
            run.Cluster,
            cluster,
            [
                .. remaining.Select(exposure =>
                    after.TryGetValue(exposure.Metadata.Name, out var status) ? exposure with { Status = status } : exposure
                ),
            ],
            run.Objects,
            run.Fault,
            cancellationToken
        );
    }

    /// <summary>Reports the end of a convergence that had no request to serve.</summary>
    /// <returns>Whether everything is as desired.</returns>
    private bool End(PassInput input, Resource<ClusterSpec> cluster, IReadOnlyList<ResourceStatus> known)
    {
        var ready = known.Count(status => status.IsTrue(ConditionTypes.Ready));
        var isReady = cluster.Status.IsTrue(ConditionTypes.Ready) && ready == known.Count;
        var unknown = known.Count(status => status.IsUnknown(ConditionTypes.Ready));
        ClusterInstruments.CountExposures(
            input.Cluster.Key,
            new ExposureCounts(ready, known.Count - ready - unknown, unknown, Leaving: 0),
            resync.Of(cluster.Spec)
        );
        var outcome = isReady ? ConvergenceOutcome.Ready : ConvergenceOutcome.NotReady;
        ConvergenceReport.End(logger, input.Cluster, input.Began, outcome, statuses.Now, []);
        return isReady;
    }

    /// <summary>An early pass over the workloads is never the last one: the pass over the exposures waits for them.</summary>
    private static bool IsLast(PassInput input, ClusterState? taken) =>
        input.Scope == PassScope.All && (taken is null || (input.IsLast && taken.Document.Change == input.Change));

    /// <returns>Null when the cluster has another spec now, or another convergence: this pass is the last one then.</returns>
    private async Task<ClusterState?> TakeUpAsync(PassInput input, CancellationToken cancellationToken)
    {
        var taken = await statuses.TakeUpAsync(input.Cluster, input.Convergence, input.Generation, cancellationToken);
        if (taken is not null && taken.Document.Change != input.Change)
        {
            await links.AddAsync(input.Cluster, taken.Document.Change, cancellationToken);
        }

        return taken;
    }

    private async Task<StepResult> RemoveAsync(PassRun run, ExposurePass pass, long change, CancellationToken cancellationToken)
    {
        var (gone, result) = await run.RemoveAsync(cancellationToken);
        var now = statuses.Now;
        await statuses.RecordExposuresAsync(
            run.Cluster,
            pass.Deleting.Select(exposure => (exposure.Name, Conclusion.Removed(exposure, gone, result.Observation, now))),
            cancellationToken
        );
        if (result.Observation.Status == ConditionStatus.True)
        {
            await removals.ForgetAsync(run.Cluster, change, cancellationToken);
        }

        return result;
    }

    /// <returns>The statuses of the wanted exposures after the pass.</returns>
    private async Task<IReadOnlyList<ResourceStatus>> RecordAsync(
        PassRun run,
        ExposurePass pass,
        bool isWhole,
        CancellationToken cancellationToken
    )
    {
        var now = statuses.Now;
        var concluded = pass
            .Wanted.Select(exposure => (Exposure: exposure, After: PassStatus.Of(exposure, pass, run.Observed, isWhole, now)))
            .ToList();
        await statuses.RecordExposuresAsync(
            run.Cluster,
            concluded.Where(one => one.After != run.Before(one.Exposure.Name)).Select(one => (one.Exposure.Name, one.After)),
            cancellationToken
        );
        await run.UnmarkAsync(cancellationToken);
        return [.. concluded.Select(one => one.After)];
    }
}

/// <summary>The extent of a pass.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PassScope>))]
public enum PassScope
{
    All,

    /// <summary>Only workloads, whose pods start while the gateways wait for an address.</summary>
    Workloads,

    /// <summary>The cluster stays and MeshPort forgets it: all of MeshPort's objects in it are removed.</summary>
    Removal,

    /// <summary>The cluster itself is deleted: only rules in a security group of others are removed.</summary>
    FirewallRemoval,
}

/// <param name="Convergence">The instance id of the convergence.</param>
/// <param name="Generation">The generation of the cluster's spec that the convergence works from.</param>
/// <param name="Change">The change number that the passes before have worked from.</param>
/// <param name="IsLast">Whether the deadline is over, unless this pass takes up something new.</param>
/// <param name="Began">When the convergence began.</param>
public sealed record PassInput(
    ClusterId Cluster,
    string Convergence,
    long Generation,
    long Change,
    bool IsLast,
    PassScope Scope,
    DateTimeOffset Began
)
{
    internal static PassInput Of(ConvergenceStart start, string convergence, long change, bool isLast) =>
        new(start.Cluster, convergence, start.Generation, change, isLast, PassScope.All, start.Began);
}

/// <param name="Change">The change number that the pass has worked from.</param>
/// <param name="Steps">In order; those after an obstacle are absent.</param>
/// <param name="Removal">The removal of exposures; null when none was requested.</param>
/// <param name="Obstacle">A step that failed as a whole; null without one.</param>
/// <param name="Waits">Whether another pass is needed.</param>
/// <param name="IsLast">Whether this was the last pass.</param>
/// <param name="HasEnded">Whether nothing is left to record at the end of the convergence.</param>
/// <param name="IsReady">With <paramref name="HasEnded"/>: whether everything is as desired.</param>
public sealed record PassResult(
    long Change,
    IReadOnlyList<StepSummary> Steps,
    StepResult? Removal,
    Obstacle? Obstacle,
    bool Waits,
    bool IsLast,
    bool HasEnded = false,
    bool IsReady = false
)
{
    /// <summary>Whether a previous strategy had ports at the beginning of the pass.</summary>
    public bool ChangesStrategy { get; init; }

    /// <summary>Whether an exposure waits because the cluster could not make a load balancer, which Kubernetes tries again.</summary>
    public bool WaitsForLoadBalancer { get; init; }

    internal static PassResult Nothing(long change) => new(change, [], null, null, Waits: false, IsLast: true);

    internal static PassResult OfRemoval(long change, StepResult removal) => Nothing(change) with { Removal = removal };
}

/// <param name="Step">The name of the step in operations.</param>
/// <param name="IsWhole">Whether the result is of the step as a whole, not of single exposures.</param>
public sealed record StepSummary(string Step, StepResult Result, bool IsWhole);
