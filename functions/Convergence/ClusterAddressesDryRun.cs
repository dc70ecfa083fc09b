using Azure.ResourceManager;
using MeshPort.Kubernetes;
using MeshPort.Mesh;
using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>The dry run of the addresses of a cluster's gateways.</summary>
internal sealed class ClusterAddressesDryRun(ArmClient arm, ClusterConnections connections)
{
    /// <param name="hasApiServer">Whether the cluster can be observed.</param>
    /// <returns>The addresses that ports would follow, and what would be done for them.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<(IReadOnlyList<ChosenAddress> Chosen, IReadOnlyList<PlannedChange> Changes)> PlanAsync(
        ClusterId cluster,
        ClusterSpec spec,
        ResourceStatus status,
        bool hasApiServer,
        CancellationToken cancellationToken
    )
    {
        var noted = status.Chosen;
        var addresses = await EnsureGateways.PlanAddressesAsync(arm, cluster, spec, status, cancellationToken);
        var chosen = addresses.Foreseen ?? noted;
        if (!hasApiServer || addresses.Foreseen is null || (chosen.Count == 0 && noted.Count == 0))
        {
            return (chosen, addresses.Steps.DryRun);
        }

        var changes = addresses.Steps.DryRun;
        var result = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            spec.Connection,
            async api =>
            {
                var foreseen = addresses with { Chosen = chosen };
                var snapshot = await GatewaysSnapshot.ObserveAsync(api, spec, foreseen, cancellationToken);
                changes = GatewaysPlan.Of(spec, snapshot, foreseen, status).Steps.DryRun;
                return ExposureDryRun.Seen;
            },
            cancellationToken
        );
        return result.Observation.Status == ConditionStatus.True
            ? (chosen, changes)
            : (
                chosen,
                [
                    .. changes,
                    PlannedChange.Unknown(cluster.Path, $"The changes of its addresses are not known: {result.Observation.Message}"),
                ]
            );
    }
}
