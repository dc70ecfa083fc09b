using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>
/// Whether the gateways of a cluster have their addresses, pure. MeshPort makes no gateway here: AKS does, or the cluster's owner. It moves
/// the Service of a gateway to an address of the spec. The first gateway of the spec that is not ready decides:
/// <code>
/// strategy        the gateway's Service                       change        reported
/// any             <see cref="AddressPlan"/> has an obstacle   its own       the obstacle
/// gatewayApi      any, with annotations of MeshPort           gives up      wait  AddressPending
/// gatewayApi      any other                                   -             True  NothingToDo
/// any other       absent                                      -             wait  GatewayMissing
/// any other       being deleted                               -             wait  GatewayMissing
/// managedService  has other annotations of others             -             False AddressConflict
/// managedService  lacks annotations of the spec               applies       wait  AddressPending
/// any other       has other annotations of MeshPort           gives up      wait  AddressPending
/// any other       no address or an old one, and a warning     -             wait  LoadBalancerFailed
/// any other       no address or an old one, which no          -             wait  AddressPending
///                 annotation of others names
/// any other       all have their addresses                    of Cleanup    True  AsDesired
/// </code>
/// With strategy companionService, the Services of the exposures get the addresses of the spec, and the add-on's Service keeps its own.
/// While a gateway waits, the cluster serves the ports of the gateways that have an address.
/// </summary>
/// <param name="Writes">Changes of Services.</param>
internal sealed record GatewaysPlan(StepPlan<ArmChange> Steps, IReadOnlyList<AddressWrite> Writes)
{
    /// <param name="status">Of the cluster: the addresses of the spec that gateways could have before, and the marks.</param>
    public static GatewaysPlan Of(ClusterSpec spec, GatewaysSnapshot snapshot, AddressPlan addresses, ResourceStatus status)
    {
        var noted = status.Chosen;
        var serves = Addresses(spec, snapshot, noted).Count > 0;
        if (addresses.Chosen is not { } chosen)
        {
            return new(addresses.Steps with { Result = addresses.Steps.Result with { Serves = serves } }, []);
        }

        var looks = spec.Mesh.Gateways.Select(gateway => Look(spec, gateway, snapshot, chosen, status)).ToList();
        var writes = looks.Select(look => look.Write).OfType<AddressWrite>().ToList();
        var waiting = looks.Select(look => look.Waits).FirstOrDefault(wait => wait is not null);
        var reached = Observation.True(
            spec.Strategy == Strategy.GatewayApi ? Reasons.NothingToDo : Reasons.AsDesired,
            spec.Strategy == Strategy.GatewayApi
                ? "With strategy gatewayApi, gateways come with the exposures."
                : string.Join(
                    " ",
                    Addresses(spec, snapshot, noted: [])
                        .Select(address => $"{AddOn.Gateway(spec, address.Gateway).Service} has {address.Ip}.")
                )
        );
        var result = waiting is null ? StepResult.Done(reached) : waiting with { Serves = serves };
        var warning = addresses.Steps.Result.Observation.Message;
        var due = addresses.Cleanup.Where(change => waiting is null && AddressCleanup.IsDue(change, noted, snapshot));
        return new(
            new(
                [.. addresses.Steps.Changes, .. due],
                warning.Length == 0
                    ? result
                    : result with
                    {
                        Observation = result.Observation with { Message = $"{result.Observation.Message} {warning}" },
                    },
                [.. addresses.Steps.DryRun, .. writes.Select(write => write.DryRun), .. addresses.Cleanup.Select(change => change.DryRun)]
            ),
            writes
        );
    }

    /// <summary>
    /// Notes in the cluster's status, once the step is reached: the addresses of the gateways, those of the spec that ports can have, and
    /// how many rules of load balancers the ports of exposures do not have, since all share one limit (domain facts, section 6).
    /// </summary>
    public static ResourceStatus Note(
        ResourceStatus status,
        ClusterSpec spec,
        GatewaysSnapshot snapshot,
        IReadOnlyList<ChosenAddress> chosen
    )
    {
        var noted = status.Chosen.SequenceEqual(chosen) ? status : status with { Chosen = chosen };
        var addresses = Addresses(spec, snapshot, chosen);
        var others = OtherRules(snapshot.Services, [.. Enum.GetValues<GatewayKind>().Select(gateway => AddOn.Gateway(spec, gateway))]);
        if (spec.Strategy == Strategy.GatewayApi)
        {
            // Without addresses of the spec, the exposures alone know theirs.
            var left = noted.Addresses.Where(address => !status.Chosen.Any(before => before.Ip == address.Ip));
            IReadOnlyList<GatewayAddress> now = chosen.Count > 0 ? addresses : [.. left];
            return noted.Addresses.SequenceEqual(now) && noted.OtherRules == others
                ? noted
                : noted with
                {
                    Addresses = now,
                    OtherRules = others,
                };
        }

        return addresses.Count < spec.Mesh.Gateways.Count || (noted.Addresses.SequenceEqual(addresses) && noted.OtherRules == others)
            ? noted
            : noted with
            {
                Addresses = addresses,
                OtherRules = others,
            };
    }

    /// <summary>
    /// The rules that the budget leaves no room for, one for each port and family of a load balancer:
    /// <code>
    /// Service                             rules in each family
    /// a gateway of the add-on             none: the budget leaves room for them
    /// of a Gateway of MeshPort            one, the status port
    /// any other of MeshPort               none: its ports are those of exposures
    /// any other                           all ports
    /// </code>
    /// </summary>
    internal static int OtherRules(IEnumerable<ObservedService> services, IReadOnlyList<GatewayService> gateways) =>
        services
            .Where(service => service.IsLoadBalancer && !gateways.Any(service.IsAt))
            .Sum(service =>
                service.Families
                * (
                    service.IsOfListenerGateway ? 1
                    : service.IsOurs ? 0
                    : service.Ports
                )
            );

    /// <summary>The addresses of the gateways. Companion Services and Gateways of the Gateway API have those of the spec.</summary>
    private static List<GatewayAddress> Addresses(ClusterSpec spec, GatewaysSnapshot snapshot, IReadOnlyList<ChosenAddress> noted)
    {
        var addresses = new List<GatewayAddress>();
        foreach (var gateway in spec.Mesh.Gateways)
        {
            var chosen = Find(noted, gateway);
            var service = Find(AddOn.Gateway(spec, gateway), snapshot);
            var ip =
                spec.Strategy != Strategy.ManagedService && chosen?.Ip is { } own ? own
                : spec.Strategy != Strategy.GatewayApi && service is { Address: { } found, Terminates: null } ? found
                : null;
            if (ip is not null)
            {
                addresses.Add(new GatewayAddress(gateway, ip, ip == chosen?.Ip ? chosen.Hostname : null));
            }

            if (ip is not null && spec.IsDualStack && (chosen?.Ipv6 ?? service?.Ipv6) is { } ipv6 && ipv6 != ip)
            {
                addresses.Add(new GatewayAddress(gateway, ipv6));
            }
        }

        return addresses;
    }

    private static (AddressWrite? Write, StepResult? Waits) Look(
        ClusterSpec spec,
        GatewayKind gateway,
        GatewaysSnapshot snapshot,
        IReadOnlyList<ChosenAddress> chosen,
        ResourceStatus status
    )
    {
        var place = AddOn.Gateway(spec, gateway);
        var service = Find(place, snapshot);
        var usesService = spec.Strategy != Strategy.GatewayApi;
        if (service is not { Terminates: null })
        {
            var missing = service?.Terminates ?? $"Service {place.Service} is not there yet.";
            return (null, usesService ? StepResult.AskAgain(Reasons.GatewayMissing, missing) : null);
        }

        var own = spec.Strategy == Strategy.ManagedService ? Find(chosen, gateway) : null;
        var before = Find(status.Chosen, gateway);
        var wanted = AddressAnnotations.Of(own);
        var restored = status.Made.Contains(AddressAnnotations.Mark(gateway)) ? AddressAnnotations.Of(before).Keys : [];
        if (Foreign(service, wanted, [.. service.Applied, .. restored]) is { } foreign)
        {
            return (null, StepResult.Done(foreign));
        }

        if (
            wanted.Any(annotation => service.AddressAnnotations.GetValueOrDefault(annotation.Key) != annotation.Value)
            || !service.Applied.ToHashSet(StringComparer.Ordinal).SetEquals(wanted.Keys)
        )
        {
            var write = new AddressWrite(gateway, service, wanted, IsForced: wanted.Count > 0 && before is not null);
            return (write, StepResult.AskAgain(Reasons.AddressPending, $"Service {place.Service} moves to {Tell(own)}."));
        }

        // MeshPort has no annotation here without an address of the spec. One that names the old address is of others, and keeps it.
        var isLeft =
            own is not null
            || before is not { PublicIp: not null, Ip: { } left }
            || left != service.Address
            || AddressAnnotations.Name(name => service.AddressAnnotations.GetValueOrDefault(name), before);
        return (null, !usesService && isLeft ? null : Wait(place, service, own, isLeft));
    }

    private static StepResult? Wait(GatewayService place, ObservedService service, ChosenAddress? own, bool isLeft) =>
        service switch
        {
            { Address: { } address } when isLeft && (own?.Ip is null || own.Ip == address) => null,
            { Address: not null, Warning: { } warning } => StepResult.AskAgain(
                Reasons.LoadBalancerFailed,
                $"Service {place.Service} does not get {Tell(own)}. {LoadBalancerFailure.Explain(warning)}"
            ),
            { Address: { } address } => StepResult.AskAgain(
                Reasons.AddressPending,
                $"Service {place.Service} still has {address} and moves to {Tell(own)}."
            ),
            { Warning: { } warning } => StepResult.AskAgain(
                Reasons.LoadBalancerFailed,
                $"Service {place.Service} has no address. {LoadBalancerFailure.Explain(warning)}"
            ),
            _ => StepResult.AskAgain(Reasons.AddressPending, $"Service {place.Service} has no address yet."),
        };

    /// <summary>An annotation of others that the spec contradicts. MeshPort restores those that it has set before.</summary>
    /// <param name="ours">The names of the annotations that MeshPort has set on this Service.</param>
    private static Observation? Foreign(ObservedService service, IReadOnlyDictionary<string, string> wanted, IReadOnlyList<string> ours) =>
        wanted
            .Where(annotation =>
                !ours.Contains(annotation.Key)
                && service.AddressAnnotations.TryGetValue(annotation.Key, out var value)
                && value != annotation.Value
            )
            .Select(annotation =>
                Observation.False(
                    Reasons.AddressConflict,
                    $"Annotation {annotation.Key} of Service {service.Name} is {service.AddressAnnotations[annotation.Key]}, and others "
                        + "have set it. Remove it from the Service, or change gatewayAddresses."
                )
            )
            .FirstOrDefault();

    private static string Tell(ChosenAddress? own) =>
        own switch
        {
            null => "an address of AKS",
            { PublicIp: { } name, Ip: { } ip } => $"public IP address {name} ({ip})",
            { PublicIp: { } name } => $"public IP address {name}",
            { Ip: { } ip } => ip,
            _ => $"subnet {own.Subnet}",
        };

    private static ChosenAddress? Find(IReadOnlyList<ChosenAddress> addresses, GatewayKind gateway) =>
        addresses.FirstOrDefault(address => address.Gateway == gateway);

    private static ObservedService? Find(GatewayService place, GatewaysSnapshot snapshot) =>
        snapshot.Services.FirstOrDefault(service => service.IsAt(place));
}
