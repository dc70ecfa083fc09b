using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>
/// Whether the gateways of a cluster have addresses, pure. MeshPort makes no gateway here: AKS does, or the cluster's owner. The first
/// gateway of the spec that is not ready decides:
/// <code>
/// strategy     the gateway's Service         reported
/// gatewayApi   -                             True  NothingToDo
/// any other    absent                        wait  GatewayMissing
/// any other    being deleted                 wait  GatewayMissing
/// any other    no address, and a warning     wait  LoadBalancerFailed
/// any other    no address                    wait  AddressPending
/// any other    all have addresses            True  AsDesired
/// </code>
/// While a gateway waits, the cluster serves the ports of the gateways that have an address.
/// </summary>
internal static class GatewaysPlan
{
    public static StepPlan<ArmChange> Of(ClusterSpec spec, GatewaysSnapshot snapshot)
    {
        if (spec.Strategy == Strategy.GatewayApi)
        {
            return StepPlan<ArmChange>.Nothing(
                Observation.True(Reasons.NothingToDo, "With strategy gatewayApi, gateways come with the exposures.")
            );
        }

        var waiting = spec
            .Mesh.Gateways.Select(gateway => Wait(AddOn.Gateway(spec, gateway), snapshot))
            .FirstOrDefault(wait => wait is not null);
        return StepPlan<ArmChange>.Nothing(
            (waiting is null ? null : waiting with { Serves = Addresses(spec, snapshot).Count > 0 })
                ?? StepResult.Done(
                    Observation.True(
                        Reasons.AsDesired,
                        string.Join(
                            " ",
                            Addresses(spec, snapshot).Select(address => $"{AddOn.Gateway(spec, address.Gateway).Service} has {address.Ip}.")
                        )
                    )
                )
        );
    }

    /// <summary>
    /// Notes the gateways' addresses in the cluster's status, once all have one; and how many rules of the load balancer other people's
    /// Services take, since all share its limit (domain facts, section 6).
    /// </summary>
    public static ResourceStatus Note(ResourceStatus status, ClusterSpec spec, GatewaysSnapshot snapshot)
    {
        var addresses = Addresses(spec, snapshot);
        var others = OtherRules(snapshot.Services, [.. Enum.GetValues<GatewayKind>().Select(gateway => AddOn.Gateway(spec, gateway))]);
        return
            spec.Strategy == Strategy.GatewayApi
            || addresses.Count < spec.Mesh.Gateways.Count
            || (status.Addresses.SequenceEqual(addresses) && status.OtherRules == others)
            ? status
            : status with
            {
                Addresses = addresses,
                OtherRules = others,
            };
    }

    /// <summary>
    /// One for each port of a load balancer, except MeshPort's and the gateways', whose ports the budget leaves room for.
    /// </summary>
    internal static int OtherRules(IEnumerable<ObservedService> services, IReadOnlyList<GatewayService> gateways) =>
        services
            .Where(service => service is { IsLoadBalancer: true, IsOurs: false } && !gateways.Any(service.IsAt))
            .Sum(service => service.Ports);

    private static List<GatewayAddress> Addresses(ClusterSpec spec, GatewaysSnapshot snapshot) =>
        [
            .. spec
                .Mesh.Gateways.Select(gateway => (Gateway: gateway, Service: Find(AddOn.Gateway(spec, gateway), snapshot)))
                .Where(found => found.Service is { Address: not null, Terminates: null })
                .Select(found => new GatewayAddress(found.Gateway, found.Service?.Address ?? "")),
        ];

    private static StepResult? Wait(GatewayService place, GatewaysSnapshot snapshot) =>
        Find(place, snapshot) switch
        {
            null => StepResult.AskAgain(Reasons.GatewayMissing, $"Service {place.Service} is not there yet."),
            { Terminates: { } terminates } => StepResult.AskAgain(Reasons.GatewayMissing, terminates),
            { Address: not null } => null,
            { Warning: { } warning } => StepResult.AskAgain(
                Reasons.LoadBalancerFailed,
                $"Service {place.Service} has no address. {LoadBalancerFailure.Explain(warning)}"
            ),
            _ => StepResult.AskAgain(Reasons.AddressPending, $"Service {place.Service} has no address yet."),
        };

    private static ObservedService? Find(GatewayService place, GatewaysSnapshot snapshot) =>
        snapshot.Services.FirstOrDefault(service => service.IsAt(place));
}
