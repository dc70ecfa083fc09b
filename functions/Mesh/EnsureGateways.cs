using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Kubernetes;
using MeshPort.Network;
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
        if ((await clusters.GetAsync(cluster, cancellationToken))?.Spec is not { } spec)
        {
            return StationReport.Done(Verdict.Unknown(Reasons.Blocked, "The cluster is not known any more."));
        }

        if (spec.Strategy == Strategy.GatewayApi)
        {
            return StationReport.Done(Verdict.True(Reasons.NothingToDo, "With strategy gatewayApi, gateways come with the exposures."));
        }

        var addresses = new List<GatewayAddress>();
        foreach (var gateway in spec.Mesh.Gateways)
        {
            var place = AddOn.Gateway(spec, gateway);
            var service = await api.FindAsync(new ObjectRef(ObjectKind.Service, place.Namespace, place.Service), cancellationToken);
            if (service is null)
            {
                return StationReport.AskAgain(Reasons.GatewayMissing, $"Service {place.Service} is not there yet.");
            }

            if (Address(service) is not { } address)
            {
                return StationReport.AskAgain(Reasons.AddressPending, $"Service {place.Service} has no address yet.{await WarningAsync(api, service, cancellationToken)}");
            }

            addresses.Add(new GatewayAddress(gateway, address));
        }

        await log.RecordClusterAsync(cluster, (status, _) => status.Addresses.SequenceEqual(addresses) ? status : status with { Addresses = addresses }, cancellationToken);
        return StationReport.Done(Verdict.True(Reasons.AsDesired, string.Join(" ", addresses.Select(address => $"{AddOn.Gateway(spec, address.Gateway).Service} has {address.Ip}."))));
    }

    /// <summary>What the cluster says of a load balancer that it cannot make, and what to do where that is known.</summary>
    private static async Task<string?> WarningAsync(KubernetesApi api, JsonObject service, CancellationToken cancellationToken) => await api.FindWarningAsync(service, cancellationToken) switch
    {
        null => null,
        var said when said.Contains("AuthorizationFailed", StringComparison.Ordinal) => // LinkedAuthorizationFailed too
            $" The cluster's identity may not use the subnet: give it {SubnetRole.Name} there; an assignment may take five minutes to work. It says: {said}",
        var said => $" The cluster says: {said}",
    };

    internal static string? Address(JsonObject service) =>
        service["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"]?.GetValue<string>();
}
