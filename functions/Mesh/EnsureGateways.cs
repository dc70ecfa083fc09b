using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Mesh;

/// <summary>
/// Waits until the Service of every gateway that the spec asks for has an address, and notes the addresses in the cluster's status; and how many rules of the load balancer other
/// people's Services take, since all share its limit (domain facts, section 6).
/// </summary>
internal sealed class EnsureGateways(ClusterConnections connections, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(EnsureGateways))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        KubernetesErrors.ClassifyErrorsAsync(
            connections,
            question.Cluster,
            api => LookAsync(api, question.Cluster, cancellationToken),
            cancellationToken
        );

    private async Task<StepResult> LookAsync(KubernetesApi api, ClusterId cluster, CancellationToken cancellationToken)
    {
        if ((await clusters.GetAsync(cluster, cancellationToken))?.Spec is not { } spec)
        {
            return StepResult.Done(Observation.Unknown(Reasons.Blocked, "The cluster is not known any more."));
        }

        if (spec.Strategy == Strategy.GatewayApi)
        {
            return StepResult.Done(Observation.True(Reasons.NothingToDo, "With strategy gatewayApi, gateways come with the exposures."));
        }

        var services = await api.ListAsync(ObjectKind.Service, labelSelector: null, cancellationToken);
        var addresses = new List<GatewayAddress>();
        foreach (var gateway in spec.Mesh.Gateways)
        {
            var place = AddOn.Gateway(spec, gateway);
            if (services.Find(service => IsAt(service, place)) is not { } service)
            {
                return StepResult.AskAgain(Reasons.GatewayMissing, $"Service {place.Service} is not there yet.");
            }

            if (Terminating.IsOne(service))
            {
                return StepResult.AskAgain(
                    Reasons.GatewayMissing,
                    Terminating.Tell(new ObjectRef(ObjectKind.Service, place.Namespace, place.Service), service)
                );
            }

            if (Address(service) is not { } address)
            {
                return await api.FindWarningAsync(service, cancellationToken) is { } warning
                    ? StepResult.AskAgain(Reasons.LoadBalancerFailed, $"Service {place.Service} has no address. {Explain(warning)}")
                    : StepResult.AskAgain(Reasons.AddressPending, $"Service {place.Service} has no address yet.");
            }

            addresses.Add(new GatewayAddress(gateway, address));
        }

        var others = OtherRules(services, [.. Enum.GetValues<GatewayKind>().Select(gateway => AddOn.Gateway(spec, gateway))]);
        await log.RecordClusterAsync(
            cluster,
            (status, _) =>
                status.Addresses.SequenceEqual(addresses) && status.OtherRules == others
                    ? status
                    : status with
                    {
                        Addresses = addresses,
                        OtherRules = others,
                    },
            cancellationToken
        );
        return StepResult.Done(
            Observation.True(
                Reasons.AsDesired,
                string.Join(" ", addresses.Select(address => $"{AddOn.Gateway(spec, address.Gateway).Service} has {address.Ip}."))
            )
        );
    }

    /// <param name="warning">What the cluster says of a load balancer that it cannot make.</param>
    private static string Explain(string warning) =>
        warning.Contains("AuthorizationFailed", StringComparison.Ordinal) // LinkedAuthorizationFailed too
            ? $"The cluster's identity may not use the subnet: give it {SubnetRole.Name} there; an assignment may take five minutes to work. The cluster says: {warning}"
            : $"The cluster says: {warning}";

    /// <summary>One for each port of a Service that is a load balancer, but for the gateways' (whose own ports the budget leaves room for) and MeshPort's.</summary>
    internal static int OtherRules(IEnumerable<JsonObject> services, IReadOnlyList<GatewayService> gateways) =>
        services
            .Where(service =>
                service["spec"]?["type"]?.GetValue<string>() == "LoadBalancer"
                && !DesiredObjects.IsOurs(service)
                && !gateways.Any(gateway => IsAt(service, gateway))
            )
            .Sum(service => (service["spec"]?["ports"] as JsonArray)?.Count ?? 0);

    private static bool IsAt(JsonObject service, GatewayService place) =>
        service["metadata"]?["namespace"]?.GetValue<string>() == place.Namespace
        && service["metadata"]?["name"]?.GetValue<string>() == place.Service;

    internal static string? Address(JsonObject service) => service["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"]?.GetValue<string>();
}
