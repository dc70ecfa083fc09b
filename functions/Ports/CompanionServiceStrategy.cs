using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>
/// MeshPort's LoadBalancer Services that select the add-on's gateway pods, one for each group of exposures that can share an address.
/// Only MeshPort writes them. <see cref="CompanionAssignments"/> finds the Service of a group, and <see cref="OwnService"/> the change. A
/// Service has the ports of its active exposures and the open ports of its blocked ones; without ports, it is not wanted. The result of an
/// exposure:
/// <code>
/// its group's Service                          | result
/// ---------------------------------------------+--------------------------
/// another one has the port at the spec's       | False, AddressConflict
/// address                                      |
/// cannot share the spec's internal address     | False, AddressConflict
/// the cluster cannot make the load balancer    | wait, LoadBalancerFailed
/// another one still has the port at the spec's | wait, AddressPending
/// address, and gives it up                     |
/// has an address                               | True, AsDesired
/// has no address, or lacks one of a family     | wait, AddressPending
/// that has sources                             |
/// </code>
/// <see cref="InternalSharing"/> and <see cref="PortOutcome.Of"/> have the details. A group that cannot share the address keeps its open
/// ports at another one. A port that moves to another Service at the address of the spec is closed first: while the load balancer has the
/// rule of the one, the cluster cannot change the other, and two Services that swap ports would wait for each other
/// (checkLoadBalancerResourcesConflicts of cloud-provider-azure).
/// </summary>
internal sealed class CompanionServiceStrategy : IPortStrategy
{
    private const string Label = DesiredObjects.PortsLabel;
    private const string LabelValue = "companion";

    public Strategy Kind => Strategy.CompanionService;

    public IReadOnlyList<PortObject> Plan(PortWork work)
    {
        var services = work.Objects.Services.Where(service => IsOne(service.Value)).ToDictionary();
        var groups = work.Active.Concat(work.Kept).GroupBy(exposure => PortGroup.Of(exposure.Spec)).ToList();
        var homes = CompanionAssignments.Of(
            services,
            groups.ToDictionary(
                group => group.Key,
                group => (IReadOnlySet<int>)group.SelectMany(exposure => exposure.Spec.AllPorts).ToHashSet()
            ),
            work.Installation,
            gateway => work.Gateway(gateway).Namespace
        );
        var refused = InternalSharing.Refused(
            work,
            groups.Where(group => group.Any(work.Active.Contains) || ServiceOf(group.Key) is not null).Select(group => group.Key),
            ServiceOf
        );
        var clashing = Clashing(work, [.. groups.Where(group => !refused.Contains(group.Key))], ServiceOf);
        var objects = new List<PortObject>();
        foreach (var group in groups)
        {
            var target = homes[group.Key];
            var service = services.GetValueOrDefault(target);
            var members = group.Where(exposure => !clashing.Contains(exposure.Name)).ToList();
            var isRefused = refused.Contains(group.Key);
            var holders = isRefused
                ? []
                : members.Where(work.Active.Contains).ToDictionary(exposure => exposure.Name, exposure => Holder(group.Key, exposure));
            var active = members.Where(exposure => holders.TryGetValue(exposure.Name, out var holder) && holder is null).ToList();
            var kept = members
                .Where(exposure => !active.Contains(exposure))
                .Select(exposure => exposure.Only(port => HasPort(service, port)))
                .OfType<NamedExposure>()
                .ToList();
            var left = LeftAddress.Of(
                service,
                service is null ? null : AddressAnnotations.Observed(service),
                service is null ? null : LoadBalancer.Address(service),
                work.Address(group.Key.Gateway)
            );
            var body =
                active.Count + kept.Count == 0
                    ? null
                    : Body(target, group.Key, isRefused ? work with { Chosen = [] } : work, [.. active, .. kept], left, service);
            objects.Add(
                OwnService.Of(
                    work,
                    target,
                    service,
                    body,
                    group
                        .Where(work.Active.Contains)
                        .ToDictionary(
                            exposure => exposure.Name,
                            exposure =>
                                active.Contains(exposure) ? Judge(work, exposure, target, service, left)
                                : isRefused ? InternalSharing.NoAddress(group.Key, exposure)
                                : holders.GetValueOrDefault(exposure.Name) is { } holder
                                    ? PortOutcome.Waits(
                                        $"Service {holder.Name} gives up {exposure.Spec.TellPorts()}. Service {target.Name} opens it then."
                                    )
                                : NoPort(exposure)
                        )
                )
            );
        }

        objects.AddRange(
            services
                .Where(service => !homes.Values.Contains(service.Key))
                .Select(service => OwnService.Of(work, service.Key, service.Value, null, []))
        );
        return objects;

        JsonObject? ServiceOf(PortGroup group) => services.GetValueOrDefault(homes[group]);

        // Another Service of MeshPort that has a port of the exposure at the address of the spec. One of another installation does not
        // give it up, and the cluster names the conflict.
        ObjectRef? Holder(PortGroup group, NamedExposure exposure) =>
            work.Address(group.Gateway)?.Ip is { } ip
                ? services
                    .Where(other =>
                        other.Key != homes[group]
                        && LoadBalancer.Address(other.Value) == ip
                        && PortAdoption.OtherInstallation(other.Value, work.Installation) is null
                    )
                    .FirstOrDefault(other =>
                        exposure.Spec.AllPorts.Any(port => HasPort(other.Value, port) && !HasPort(ServiceOf(group), port))
                    )
                    .Key
                : null;
    }

    /// <summary>
    /// The exposures that would need a port of the address of the spec in a second Service, as TLS servers of one port do that differ in
    /// <c>clientAddress</c>. The Service that has the port keeps it, or else the first one gets it.
    /// </summary>
    private static HashSet<string> Clashing(
        PortWork work,
        IReadOnlyList<IGrouping<PortGroup, NamedExposure>> groups,
        Func<PortGroup, JsonObject?> service
    ) =>
        groups
            .Where(group => work.IsAtOneAddress(group.Key.Gateway))
            .SelectMany(group => group.Select(exposure => (Group: group.Key, Exposure: exposure)))
            .GroupBy(one => (one.Group.Gateway, one.Exposure.Spec.Port))
            .SelectMany(port =>
            {
                var owner = port.Select(one => one.Group)
                    .OrderBy(group => !HasPort(service(group), port.Key.Port))
                    .ThenBy(group => group.Name, StringComparer.Ordinal)
                    .First();
                return port.Where(one => one.Group != owner).Select(one => one.Exposure.Name);
            })
            .ToHashSet(StringComparer.Ordinal);

    private static PortOutcome NoPort(NamedExposure exposure) =>
        PortOutcome.Refused(
            Reasons.AddressConflict,
            $"Another exposure has port {exposure.Spec.Port} of the address of the spec, with another clientAddress, and so in another "
                + "Service. Give both the same clientAddress, or use another port."
        );

    /// <summary>Whether a Service is a companion Service. Somebody may have removed one of its labels.</summary>
    private static bool IsOne(JsonObject service) =>
        service.Label(Label) == LabelValue
        || (
            service.Label(DesiredObjects.ManagedByLabel) == DesiredObjects.ManagedBy
            && service.Label(DesiredObjects.ExposureLabel) is null
            && service.Annotation(Installation.Annotation) is not null
            && DesiredObjects.HasAppliedSpec(service)
        );

    private static bool HasPort(JsonObject? service, int port) => service?.ServicePorts().Any(found => found.PortNumber() == port) == true;

    private static PortOutcome Judge(PortWork work, NamedExposure exposure, ObjectRef target, JsonObject? service, string? left) =>
        PortOutcome
            .Of(
                work,
                target,
                service is null ? null : LoadBalancer.Address(service),
                work.Address(exposure.Spec.Gateway),
                left,
                $"{PortOutcome.TellOpen(exposure.Spec)} open on Service {target.Name}.{work.TellNodes(exposure.Spec)}",
                $"Service {target.Name} has no address yet."
            )
            .OverIpv6(ServiceFamilies.Of(work.Spec, PortGroup.Of(exposure.Spec)), work, target, service, exposure.Spec.AllPorts);

    /// <summary>
    /// The port has no appProtocol, since Azure would probe an http port in a way that gateways do not answer (domain facts, section 6).
    /// </summary>
    /// <param name="left">The address that the Service gives up; null without one.</param>
    /// <param name="observed">The Service as it is; null when it does not exist.</param>
    internal static JsonObject Body(
        ObjectRef target,
        PortGroup group,
        PortWork work,
        IReadOnlyList<NamedExposure> exposures,
        string? left = null,
        JsonObject? observed = null
    )
    {
        var own = SharedPort.Service(work.Spec, group.Gateway, work.Objects);
        var spec = new JsonObject
        {
            ["type"] = "LoadBalancer",
            ["selector"] = DesiredObjects.Labels(work.Gateway(group.Gateway).Selector),
            ["ports"] = new JsonArray([
                .. exposures
                    .SelectMany(exposure => exposure.Spec.AllPorts)
                    .Distinct()
                    .Order()
                    .Select(port => ManagedServicePorts.Port(port, own)),
            ]),
        };
        if (group.ClientAddress is not null)
        {
            spec[TrafficPolicy.Field] = TrafficPolicy.Local;
        }

        var families = ServiceFamilies.Of(work.Spec, group);
        if (group.AllowedSources.Count > 0)
        {
            spec["loadBalancerSourceRanges"] = TextArray.Of(families.Complete(group.AllowedSources));
        }

        families.Write(spec, observed);

        var annotations = new Dictionary<string, string>(group.Annotations(exposures, work.Address(group.Gateway)), StringComparer.Ordinal);
        if (target.Name != group.Name)
        {
            annotations[CompanionAssignments.GroupAnnotation] = group.Name;
        }

        if (left is not null)
        {
            annotations[LeftAddress.Annotation] = left;
        }

        return OwnService.Body(target, work.Installation, Label, LabelValue, annotations, spec);
    }
}
