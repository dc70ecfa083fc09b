using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>
/// Ports on the add-on's gateway Services. The add-on's reconciler may remove them at any time. MeshPort opens them again and records
/// that. <see cref="ManagedServicePorts"/> decides the ports. The result of an exposure; the first row that fits counts:
/// <code>
/// gateway's Service           | port                            | result
/// ----------------------------+---------------------------------+------------------------------------------
/// missing                     | -                               | False, GatewayMissing
/// being deleted               | -                               | wait, AddressPending
/// of another installation     | -                               | False, OtherInstallation
/// has no port 443             | 443                             | False, GatewayMissing
/// any other                   | it or its name is of others     | False, PortTaken, unless MeshPort adopts it
/// has no address, or is not   | open                            | wait, AddressPending
/// of type LoadBalancer        |                                 |
/// has no address, and cannot  | open                            | wait, LoadBalancerFailed
/// get one                     |                                 |
/// has an address              | open                            | True, AsDesired
/// has an address              | was open, vanished, open again  | True, AsDesired; PortReverted in history
/// has an address              | was open, edited, restored      | True, AsDesired; Repaired in history
/// </code>
/// In the first three rows, MeshPort writes nothing. Port 443 is open while the gateway's Service has it (<see cref="SharedPort"/>). Of an
/// exposure with several ports, those that are not of others are open all the same.
/// </summary>
internal sealed class ManagedServiceStrategy : IPortStrategy
{
    public Strategy Kind => Strategy.ManagedService;

    public IReadOnlyList<PortObject> Plan(PortWork work)
    {
        var objects = new List<PortObject>();
        foreach (var gateway in Enum.GetValues<GatewayKind>())
        {
            var active = work.Active.Where(exposure => exposure.Spec.Gateway == gateway).ToList();
            if (
                active.Count > 0
                || work.Spec.Mesh.Gateways.Contains(gateway)
                || work.Kept.Any(exposure => exposure.Spec.Gateway == gateway)
            )
            {
                objects.Add(Plan(work, gateway, active));
            }
        }

        return objects;
    }

    private static PortObject Plan(PortWork work, GatewayKind gateway, List<NamedExposure> active)
    {
        var target = ObjectRef.Of(work.Gateway(gateway));
        if (!work.Objects.Services.TryGetValue(target, out var service))
        {
            return PortObject.Untouched(
                target,
                null,
                Of(
                    active,
                    _ =>
                        PortOutcome.Refused(
                            Reasons.GatewayMissing,
                            $"The cluster has no Service {target.Name}. Add '{gateway.Text()}' to mesh.gateways."
                        )
                )
            );
        }

        if (Terminating.IsOne(service))
        {
            return PortObject.Untouched(
                target,
                service,
                Of(
                    active,
                    _ =>
                        PortOutcome.Waits(
                            $"{Terminating.Tell(target, service)} MeshPort opens the ports when the add-on has created it again."
                        )
                )
            );
        }

        if (PortAdoption.OtherInstallation(service, work.Installation) is { } other)
        {
            return PortObject.Untouched(
                target,
                service,
                Of(
                    active,
                    _ =>
                        PortOutcome.Refused(
                            Reasons.OtherInstallation,
                            $"Service {target.Name} has ports of {DesiredObjects.TellInstallation(other, work.Installation)}. "
                                + $"Use that one. If it no longer exists, remove the annotation {Installation.Annotation} from the Service."
                        )
                )
            );
        }

        IReadOnlyList<NamedExposure> all = [.. work.Active, .. work.Kept];
        var kept = work
            .Kept.SelectMany(exposure => exposure.Parts)
            .Where(exposure =>
                exposure.Spec.Gateway == gateway
                && (exposure.Spec.AllowedSources.Count == 0 || SourceRestriction.Refusal(exposure, all, service, work.Spec) is null)
            ) // a closed port is safer than one that is open to others
            .ToList();
        List<NamedExposure> parts = [.. active.SelectMany(exposure => exposure.Parts)];
        var plan = ManagedServicePorts.Plan(service, target, work.Installation, parts, kept);
        var outcomes = Of(active, exposure => Judge(work, exposure, target, plan, service));
        return plan.Apply is null
            ? PortObject.Untouched(target, service, outcomes)
            : new PortObject(target, ChangeAction.Update, service, plan.Apply, plan.Before, plan.After, outcomes)
            {
                IsForced = plan.IsForced,
                Left = plan.Left,
                Adopted = [.. plan.Adopted.OrderBy(port => port.Key).Select(port => port.Value)],
                UnmanagedFields = plan.Ownership,
            };
    }

    private static Dictionary<string, PortOutcome> Of(List<NamedExposure> active, Func<NamedExposure, PortOutcome> judge) =>
        active.ToDictionary(exposure => exposure.Name, judge);

    private static PortOutcome Judge(PortWork work, NamedExposure exposure, ObjectRef target, ManagedServicePorts plan, JsonObject service)
    {
        var ports = exposure.Spec.AllPorts;
        var isShared = exposure.Spec.Port == GatewayPort.Shared;
        if (isShared && plan.LacksShared)
        {
            return PortOutcome.Refused(
                Reasons.GatewayMissing,
                $"Service {target.Name} has no port {GatewayPort.Shared}, which its owner adds. "
                    + "Wait until the owner has added it again, or choose another port."
            );
        }

        var type = service["spec"]?["type"]?.ToString() ?? "LoadBalancer";
        if (PortResults.Find(exposure, part => plan.Taken.Contains(part.Spec.Port) ? Taken(part, target, service) : null) is { } taken)
        {
            return PortOutcome.Refused(
                Observation.False(Reasons.PortTaken, taken + (exposure.Spec.Ports is null ? Advice(exposure, service) : "")),
                LoadBalancer.Address(service),
                [.. ports.Where(port => !plan.Taken.Contains(port))]
            );
        }

        var outcome = PortOutcome.Of(
            work,
            target,
            LoadBalancer.Address(service),
            chosen: null, // the step of the gateways waits until the Service has moved
            left: null,
            $"{PortOutcome.TellOpen(exposure.Spec)} open on Service {target.Name}"
                + $"{(isShared ? ", which has it without MeshPort" : "")}.{work.TellNodes(exposure.Spec)}",
            type == "LoadBalancer"
                ? $"{PortOutcome.TellOpen(exposure.Spec)} open on Service {target.Name}, which has no address yet."
                : $"{PortOutcome.TellOpen(exposure.Spec)} open on Service {target.Name}, which has type {type} and so no load balancer. "
                    + "Set its type to LoadBalancer."
        );
        outcome = outcome with { Adoption = plan.Adopted.GetValueOrDefault(exposure.Spec.Port) };
        return outcome.Address is null || !exposure.WasTrue(ConditionTypes.PortOpen)
            ? outcome
            : outcome with
            {
                Reverted = work.IsFirst ? [] : [.. ports.Where(plan.Absent.Contains)],
                Repaired = [.. ports.Where(plan.Edited.Contains)],
            };
    }

    private static string Taken(NamedExposure part, ObjectRef target, JsonObject service)
    {
        var port = part.Spec.Port;
        return $"Port {port} of Service {target.Name}, or its name {ObjectNames.Port(port)}, belongs to "
            + $"{PortOwners.Tell(service, port)}. Remove it from the Service, or choose another port.";
    }

    /// <summary>Only an exposure with a single port can adopt it.</summary>
    private static string Advice(NamedExposure exposure, JsonObject service) =>
        Adoptability.Advise(
            exposure.Spec,
            AdoptionMarks.IsOpen(exposure, ConditionTypes.PortOpen),
            PortAdoption.Difference(service, exposure.Spec.Port)
        );
}
