using MeshPort.Arm;
using MeshPort.Firewall;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Proof;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>Runs the steps of a pass against the cluster and Azure. A fault ends the pass; earlier steps keep their results.</summary>
internal sealed class PassRun(
    ExposurePass pass,
    ClusterConnections connections,
    ExposureSteps steps,
    SubnetFirewall firewall,
    StatusStore statuses,
    ReachabilityProbe probe,
    Resync resync
)
{
    private static readonly StepResult Reached = StepResult.Done(Observation.True(Reasons.AsDesired, ""));
    private readonly Dictionary<string, ResourceStatus> _before = pass.Wanted.ToDictionary(
        exposure => exposure.Name,
        exposure => exposure.Status,
        StringComparer.Ordinal
    );
    private readonly List<string> _observed = [];
    private ClusterObjects? _objects;
    private StepResult? _fault;

    public ClusterId Cluster => pass.Id;

    /// <summary>The conditions that the pass has observed, in order.</summary>
    public IReadOnlyList<string> Observed => _observed;

    /// <summary>The objects of the cluster; null when they could not be read.</summary>
    public ClusterObjects? Objects => _objects;

    /// <summary>Why a step failed as a whole; null when none did.</summary>
    public Observation? Fault => _fault?.Observation;

    /// <summary>The status of an exposure before the pass.</summary>
    public ResourceStatus Before(string exposure) => _before[exposure];

    public async Task DeployWorkloadsAsync(CancellationToken cancellationToken) =>
        Note(
            await OnClusterAsync(
                async (objects, writer) =>
                {
                    await steps.DeployWorkloadsAsync(pass, objects, writer, cancellationToken);
                    _observed.Add(ConditionTypes.WorkloadReady);
                    return Reached;
                },
                cancellationToken
            )
        );

    public async Task ReachAsync(CancellationToken cancellationToken)
    {
        Note(
            await OnClusterAsync(
                async (objects, writer) =>
                {
                    await steps.ReachAsync(pass, objects, writer, _observed.Add, cancellationToken);
                    return Reached;
                },
                cancellationToken
            )
        );
        if (_fault is null && _objects is { } objects)
        {
            ClusterInstruments.CertificateExpires(pass.Id.Key, objects.Secrets.Remaining, resync.Of(pass.Spec));
            Note(
                await OnAzureAsync(
                    async writer =>
                    {
                        await steps.OpenFirewallAsync(pass, objects, writer, cancellationToken);
                        return Reached;
                    },
                    cancellationToken
                )
            );
        }

        if (_fault is null)
        {
            _observed.Add(ConditionTypes.NetworkOpen);
            var found = await probe.RunAsync(
                pass.Id,
                pass.Active(ConditionTypes.Reachable),
                pass.Spec,
                _objects ?? ClusterObjects.None,
                cancellationToken
            );
            pass.Report(
                ConditionTypes.Reachable,
                found.Select(one => KeyValuePair.Create(one.Key, pass.Explain(one.Key, one.Value.Result)))
            );
            pass.Proven(found);
            _observed.Add(ConditionTypes.Reachable);
        }
    }

    /// <summary>Deletes all rules, also those that deny: the ports go with the cluster.</summary>
    public Task<StepResult> CloseFirewallAsync(CancellationToken cancellationToken)
    {
        pass.Closing = null;
        return OnAzureAsync(
            async writer =>
                await steps.CloseFirewallAsync(pass, ClusterObjects.None, writer, cancellationToken) is { } refusal
                    ? StepResult.Done(refusal)
                    : Reached,
            cancellationToken
        );
    }

    /// <returns>The conditions whose objects are gone, and whether nothing is left.</returns>
    public async Task<(IReadOnlyList<string> Gone, StepResult Result)> RemoveAsync(CancellationToken cancellationToken)
    {
        List<string> gone = [];
        var result = await OnClusterAsync(
            async (objects, writer) =>
                await steps.RemoveAsync(pass, objects, writer, gone.Add, cancellationToken)
                ?? StepResult.Done(Observation.True(Reasons.AsDesired, Gone())),
            cancellationToken
        );
        return (gone, result);
    }

    /// <summary>Removes the marks of kinds of which nothing is left.</summary>
    public Task UnmarkAsync(CancellationToken cancellationToken) =>
        _objects is { } objects && _fault is null
            ? Writer(null).MarkAsync(status => ExposureSteps.Unmark(status, pass, objects), cancellationToken)
            : Task.CompletedTask;

    public PassResult Result(long change, StepResult? removal)
    {
        List<StepSummary> summaries =
        [
            .. _observed.Select(condition => new StepSummary(
                ConvergenceSteps.Of(condition),
                condition == ConditionTypes.PortOpen ? pass.SummaryOfPorts() : pass.Summary(condition),
                IsWhole: false
            )),
        ];
        Obstacle? obstacle = null;
        if (_fault is { } fault)
        {
            var condition = ExposurePass.Conditions[_observed.Count];
            obstacle = new Obstacle(condition, fault.Observation);
            summaries.Add(new StepSummary(ConvergenceSteps.Of(condition), fault, IsWhole: true));
        }

        var waits = !pass.IsLast && (removal is { Wait: true } || summaries.Exists(summary => summary.Result.Wait));
        return new PassResult(change, summaries, removal, obstacle, waits, pass.IsLast) { ChangesStrategy = pass.ChangesStrategy };
    }

    private string Gone() =>
        pass.Left.Count == 0
            ? $"Nothing is left of {Counted.Of(pass.Deleting.Count, "exposure")}."
            : $"Nothing of MeshPort is left of {Counted.Of(pass.Deleting.Count, "exposure")}. {string.Join(' ', pass.Left)}";

    private void Note(StepResult result) => _fault = result.Observation.Status == ConditionStatus.True ? null : result;

    private Task<StepResult> OnClusterAsync(Func<ClusterObjects, PassWriter, Task<StepResult>> act, CancellationToken cancellationToken) =>
        KubernetesErrors.ClassifyErrorsAsync(
            connections,
            pass.Id,
            pass.Spec.Connection,
            async api =>
            {
                _objects = await steps.ObserveAsync(api, pass, cancellationToken);
                return await act(_objects, Writer(api));
            },
            cancellationToken
        );

    private Task<StepResult> OnAzureAsync(Func<PassWriter, Task<StepResult>> act, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(() => act(Writer(null)), cancellationToken);

    private PassWriter Writer(KubernetesApi? api) => new(pass.Id, api, firewall, statuses, pass.ClusterStatus);
}
