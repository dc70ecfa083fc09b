using MeshPort.Clusters;
using MeshPort.Kubernetes;
using MeshPort.Mesh;
using MeshPort.State;

namespace MeshPort.Exposures.Strategies;

/// <summary>Opens the exposures' ports on the add-on's own gateway Services, and closes those of ours that nothing wants any more.</summary>
internal sealed class OpenManagedServicePorts(ClusterConnections connections, DesiredExposures exposures, ConvergenceLog log)
{
    [Function(nameof(OpenManagedServicePorts))]
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) =>
        KubernetesFaults.GuardAsync(connections, question.Cluster, api => ReachAsync(api, question, cancellationToken), cancellationToken);

    private async Task<StationReport> ReachAsync(KubernetesApi api, StationQuestion question, CancellationToken cancellationToken)
    {
        var round = await ExposureRound.StartAsync(exposures, log, question, ConditionTypes.PortOpen, cancellationToken);
        foreach (var gateway in Enum.GetValues<GatewayKind>())
        {
            var active = round.Active.Where(exposure => exposure.Spec.Gateway == gateway).ToList();
            var target = AddOn.GatewayService(gateway);
            if (await api.FindAsync(target, cancellationToken) is not { } service)
            {
                active.ForEach(exposure => round.Report(exposure.Name, Verdict.False(Reasons.GatewayMissing, $"The cluster has no {target.Name}; add '{gateway.ToString().ToLowerInvariant()}' to mesh.gateways.")));
                continue;
            }

            var kept = round.All.Where(exposure => !round.Takes(exposure.Name) && exposure.Spec.Gateway == gateway).Select(exposure => exposure.Spec.Port).ToHashSet();
            var plan = ManagedServicePorts.Plan(service, target, active, kept);
            if (plan.Apply is { } body)
            {
                await api.ApplyAsync(target, body, isOurs: false, cancellationToken);
            }

            active.ForEach(exposure => round.Report(exposure.Name, Judge(exposure, target, plan)));
        }

        return await round.FinishAsync(cancellationToken);
    }

    private static Verdict Judge(NamedExposure exposure, ObjectRef target, ManagedServicePorts plan) => plan.Taken.ContainsKey(exposure.Name)
        ? Verdict.False(Reasons.PortTaken, $"Port {exposure.Spec.Port} of Service {target.Name} belongs to somebody else; remove it there, or choose another port.")
        : Verdict.True(Reasons.AsDesired, $"Port {exposure.Spec.Port} is open on Service {target.Name}.");
}
