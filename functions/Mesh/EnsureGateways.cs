using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Kubernetes;
using MeshPort.State;

namespace MeshPort.Mesh;

/// <summary>Waits until the Service of every gateway that the spec asks for has an address, and notes the addresses in the cluster's status.</summary>
internal sealed class EnsureGateways(ClusterConnections connections, DesiredClusters clusters, ConvergenceLog log)
{
    [Function(nameof(EnsureGateways))]
    public Task<StationReport> RunAsync([ActivityTrigger] StationQuestion question, CancellationToken cancellationToken) =>
        KubernetesFaults.GuardAsync(connections, question.Cluster, api => LookAsync(api, question.Cluster, cancellationToken), cancellationToken);

    private async Task<StationReport> LookAsync(KubernetesApi api, ClusterId cluster, CancellationToken cancellationToken)
    {
        var gateways = (await clusters.GetAsync(cluster, cancellationToken))?.Spec.Mesh.Gateways ?? [];
        var addresses = new List<GatewayAddress>();
        foreach (var gateway in gateways)
        {
            var service = await api.FindAsync(AddOn.GatewayService(gateway), cancellationToken);
            if (service is null)
            {
                return StationReport.AskAgain(Reasons.GatewayMissing, $"Service {AddOn.GatewayName(gateway)} is not there yet.");
            }

            if (Address(service) is not { } address)
            {
                return StationReport.AskAgain(Reasons.AddressPending, $"Service {AddOn.GatewayName(gateway)} has no address yet.");
            }

            addresses.Add(new GatewayAddress(gateway, address));
        }

        await log.RecordClusterAsync(cluster, (status, _) => status with { Addresses = addresses }, cancellationToken);
        return StationReport.Done(Verdict.True(Reasons.AsDesired, string.Join(" ", addresses.Select(address => $"{AddOn.GatewayName(address.Gateway)} has {address.Ip}."))));
    }

    internal static string? Address(JsonObject service) =>
        service["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"]?.GetValue<string>();
}
