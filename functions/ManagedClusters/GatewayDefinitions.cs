using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Finds out whether a cluster that somebody else made lacks the definitions of the Gateway API. Definitions that its owner installed stay:
/// AKS refuses its own beside those of the experimental channel or of another bundle (AKS documentation, "Install Managed Gateway API
/// CRDs").
/// </summary>
internal static class GatewayDefinitions
{
    /// <returns>Also false where the cluster cannot be read; a later step tells why.</returns>
    public static async Task<bool> AreMissingAsync(
        ClusterConnections connections,
        ClusterId cluster,
        JsonObject observed,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (
            Ownership.IsOurs(observed)
            || !ManagedClusterBody.WantsGatewayApi(observed["properties"], spec)
            || ManagedClusterPlan.State(observed) != "Succeeded"
        )
        {
            return false;
        }

        var report = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            spec.Connection,
            async api =>
                StepResult.Done(
                    (await api.ServedAsync(ObjectKind.ListenerGateway, cancellationToken)).Contains(ObjectKind.ListenerGateway.Plural)
                        ? Observation.True(Reasons.AsDesired, "The cluster serves the Gateway API.")
                        : Observation.False(Reasons.StrategyNotServed, "The cluster does not serve the Gateway API.")
                ),
            cancellationToken
        );
        return report.Observation.Reason == Reasons.StrategyNotServed;
    }
}
