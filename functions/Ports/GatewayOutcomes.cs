using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// The result of an exposure at a Gateway of the Gateway API, pure. The first row that fits counts:
/// <code>
/// its group's Gateway                              | result
/// -------------------------------------------------+---------------------------
/// MeshPort may not list the ConfigMaps             | Unknown, AccessDenied (with clientAddress)
/// cannot share the address of the spec             | False, AddressConflict
/// has 64 listeners, and the exposure's is missing  | False, ListenerLimit
/// Istio does not accept the listener               | False, StrategyNotServed
/// the cluster cannot make its load balancer        | wait, LoadBalancerFailed
/// its Service has no address                       | wait, AddressPending
/// does not report the address of its Service       | wait, AddressPending
/// its Service lacks a port of the exposure         | wait, Pending
/// Istio has not copied its settings to the Service | wait, Pending (GatewaySettings)
/// its Service does not keep the clients' addresses | wait, Pending (with clientAddress)
/// any other                                        | True, AsDesired
/// </code>
/// Istio reports an address when pods are ready, and never removes it (istio/istio, pilot/pkg/config/kube/gateway/conversion.go), even
/// where the Service has lost it. So the address and the ports are those of the Service.
/// </summary>
internal static class GatewayOutcomes
{
    /// <summary>
    /// On a dual-stack cluster, Istio's Service has two addresses in any order, and the gateway listens on IPv4 (ADR 21).
    /// </summary>
    /// <returns>Null while the Service has no address, or Istio does not report it.</returns>
    public static string? Address(ClusterObjects objects, ObjectRef target, JsonObject? gateway) =>
        PortServices.OfGateway(objects, target) is { } service
        && LoadBalancer.Address(objects.Services[service]) is { } address
        && (gateway?["status"]).Items("addresses").Any(reported => reported["value"]?.ToString() == address)
            ? address
            : null;

    /// <param name="holder">The group whose Gateway has the address; null when no group has it.</param>
    public static PortOutcome NoAddress(NamedExposure exposure, PortGroup? holder) =>
        PortOutcome.Refused(
            Reasons.AddressConflict,
            $"Gateway {holder?.Name} has the address of the spec, and Gateways of the Gateway API cannot share one. Exposure "
                + $"{exposure.Name} has other allowedSources or another clientAddress. Give it the same ones, or use strategy "
                + "companionService."
        );

    /// <param name="listeners">The names of the listeners that the Gateway has room for.</param>
    /// <param name="left">The address that the Gateway gives up; null without one.</param>
    public static PortOutcome Of(
        PortWork work,
        NamedExposure exposure,
        ObjectRef target,
        JsonObject? gateway,
        HashSet<string> listeners,
        string? left
    )
    {
        var address = Address(work.Objects, target, gateway);
        if (PortResults.Find(exposure, part => Refusal(part, target, gateway, listeners)) is { } refusal)
        {
            var open = exposure.Parts.Where(part => Refusal(part, target, gateway, listeners) is null).Select(part => part.Spec.Port);
            return PortOutcome.Refused(refusal, address, [.. open]);
        }

        var names = exposure.Parts.Select(part => ObjectNames.Listener(part.Spec)).ToList();
        var service = PortServices.OfGateway(work.Objects, target);
        var outcome = PortOutcome.Of(
            work,
            service,
            address,
            work.Address(exposure.Spec.Gateway),
            left,
            (
                names is [var name]
                    ? $"Listener {name} of {target} is open."
                    : $"{names.Count} listeners of {target} are open, for {exposure.Spec.TellPorts()}."
            ) + work.TellNodes(exposure.Spec),
            service is not null && LoadBalancer.Address(work.Objects.Services[service]) is { } unreported
                ? $"{target} does not have the address {unreported} of {service} yet.{TellProgrammed(target, gateway)}"
                : $"{target} has no address yet."
        );
        return outcome.Address is not null && service is not null && FindWait(exposure, target, gateway, service, work) is { } wait
            ? PortOutcome.Waits(Reasons.Pending, wait)
            : outcome;
    }

    /// <returns>What Istio has yet to change at the Service, for people; null when it is as the Gateway says.</returns>
    private static string? FindWait(NamedExposure exposure, ObjectRef target, JsonObject? gateway, ObjectRef service, PortWork work)
    {
        var observed = work.Objects.Services[service];
        var ports = observed.ServicePorts().Where(port => port.IsTcp()).Select(port => port.PortNumber()).ToHashSet();
        return exposure.Only(port => !ports.Contains(port)) is { } missing
                ? $"{service} does not have {missing.Spec.TellPorts()} yet. Istio adds the ports of {target}."
                    + TellProgrammed(target, gateway)
            : IsBehind(exposure, gateway, observed) ? $"{service} does not have the annotations of {target} yet."
            : exposure.Spec.ClientAddress is not null && !TrafficPolicy.IsLocal(observed) ? GatewayParameters.Tell(service, target, gateway)
            : null;
    }

    /// <summary>
    /// Whether the Service has other settings than the Gateway, and Istio has not seen the last change of the Gateway yet. Otherwise, the
    /// defaults of the class have replaced them (<see cref="ServiceRestriction"/>).
    /// </summary>
    private static bool IsBehind(NamedExposure exposure, JsonObject? gateway, JsonObject service)
    {
        var group = PortGroup.Of(exposure.Spec);
        return GatewaySettings.FindDifferences(group, service.Annotations()).Count > 0
            && (
                GatewaySettings.FindDifferences(group, GatewaySettings.Annotations(gateway)).Count > 0 // this pass restores them
                || Condition(gateway?["status"], "Programmed")?["observedGeneration"] is { } seen
                    && seen.GetValue<long>() < gateway?.Generation()
            );
    }

    /// <returns>Why Istio does not serve the Gateway, as its status says; empty when it serves it.</returns>
    private static string TellProgrammed(ObjectRef target, JsonObject? gateway) =>
        Condition(gateway?["status"], "Programmed") is { } programmed && programmed["status"]?.ToString() == "False"
            ? $" Istio does not serve {target} yet: {programmed["message"]}"
            : "";

    /// <returns>Why the listener of a port is not open; null when it is, or may become so.</returns>
    private static Observation? Refusal(NamedExposure part, ObjectRef target, JsonObject? gateway, HashSet<string> listeners)
    {
        var name = ObjectNames.Listener(part.Spec);
        if (!listeners.Contains(name))
        {
            return Observation.False(
                Reasons.ListenerLimit,
                $"{target} already has {GatewayApiStrategy.MostListeners} listeners. Remove exposures, or use strategy companionService."
            );
        }

        var status = (gateway?["status"]).Items("listeners").FirstOrDefault(listener => listener["name"]?.ToString() == name);
        return Condition(status, "Accepted") is { } accepted && accepted["status"]?.ToString() == "False"
            ? Observation.False(Reasons.StrategyNotServed, $"Istio does not accept listener {name}: {accepted["message"]}")
            : null;
    }

    private static JsonObject? Condition(JsonNode? status, string type) =>
        status.Items("conditions").FirstOrDefault(condition => condition["type"]?.ToString() == type);
}
