using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Whether a cluster that MeshPort keeps and has not made lacks the definitions of the Gateway API. Where its owner has installed some, those stay: AKS refuses its own beside definitions of the
/// experimental channel or of another bundle (AKS documentation, "Install Managed Gateway API CRDs").
/// </summary>
internal sealed class GatewayDefinitions(ClusterConnections connections)
{
    /// <returns>Also false where the cluster cannot be asked; a later station tells why.</returns>
    public async Task<bool> AreMissingAsync(ClusterId cluster, JsonObject observed, ClusterSpec spec, CancellationToken cancellationToken)
    {
        if (
            Ownership.IsOurs(observed)
            || !ManagedClusterBody.WantsGatewayApi(observed["properties"], spec)
            || observed["properties"]?["provisioningState"]?.GetValue<string>() != "Succeeded"
        )
        {
            return false;
        }

        var report = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
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
