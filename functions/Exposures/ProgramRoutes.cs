using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Kubernetes;
using MeshPort.State;

namespace MeshPort.Exposures;

/// <summary>Writes Gateway and VirtualService of every exposure, after looking whether its backends are there.</summary>
internal sealed class ProgramRoutes(ClusterConnections connections, DesiredExposures exposures, ConvergenceLog log)
{
    [Function(nameof(ProgramRoutes))]
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) =>
        KubernetesFaults.GuardAsync(connections, question.Cluster, api => ReachAsync(api, question, cancellationToken), cancellationToken);

    private async Task<StationReport> ReachAsync(KubernetesApi api, StationQuestion question, CancellationToken cancellationToken)
    {
        var round = await ExposureRound.StartAsync(exposures, log, question, ConditionTypes.RouteProgrammed, cancellationToken);
        var missing = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var exposure in round.Active)
        {
            if (await FindMissingBackendAsync(api, exposure.Spec, cancellationToken) is { } backend)
            {
                missing[exposure.Name] = backend;
            }
        }

        var desired = round.All.SelectMany(DesiredObjects.Route).ToList();
        var observed = await ObservedObjects.ReadAsync(api, [ObjectKind.Gateway, ObjectKind.VirtualService], cancellationToken);
        var changes = RoutePlan.Make(desired, observed, round.Names)
            .Where(change => round.Takes(change.Exposure) && !missing.ContainsKey(change.Exposure ?? ""))
            .ToList();
        var refused = await ApplyChanges.RunAsync(api, changes, cancellationToken);
        foreach (var exposure in round.Active)
        {
            round.Report(exposure.Name, Judge(exposure.Name, missing, refused));
        }

        return await round.FinishAsync(cancellationToken);
    }

    private static Verdict Judge(string exposure, Dictionary<string, string> missing, IReadOnlyDictionary<string, Verdict> refused) =>
        missing.TryGetValue(exposure, out var backend) ? Verdict.False(Reasons.BackendNotFound, backend)
        : refused.TryGetValue(exposure, out var refusal) ? refusal
        : Verdict.True(Reasons.AsDesired, "Gateway and VirtualService are as desired.");

    /// <summary>What is wrong with the first backend that cannot be routed to; null when all can.</summary>
    private static async Task<string?> FindMissingBackendAsync(KubernetesApi api, ExposureSpec spec, CancellationToken cancellationToken)
    {
        foreach (var backend in spec.Backends.Skip(spec.Workload is null ? 0 : 1))
        {
            var service = await api.FindAsync(new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service), cancellationToken);
            if (service is null)
            {
                return $"Service {backend.Namespace}/{backend.Service} does not exist; make it, or correct the backend.";
            }

            if (!(service["spec"]?["ports"] as JsonArray ?? []).Any(port => port?["port"]?.GetValue<int>() == backend.Port))
            {
                return $"Service {backend.Namespace}/{backend.Service} has no port {backend.Port}; add it, or correct the backend.";
            }
        }

        return null;
    }
}
