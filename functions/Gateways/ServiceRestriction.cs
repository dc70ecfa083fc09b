using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Finds what keeps clients of an exposure out on the Service in front of it, pure. Its owner, or another controller, may set these fields
/// and annotations (cloud-provider-azure, loadbalancer.md; domain facts, section 6).
/// <code>
/// field or annotation of the Service                       | keeps clients out
/// ---------------------------------------------------------+-------------------------------------------------------------
/// spec.loadBalancerSourceRanges                            | if it does not contain the clients of the exposure
/// azure-allowed-ip-ranges                                  | the same; on an internal Service only with azure-deny-all...
/// azure-allowed-service-tags                               | unless Internet is among them, or the ranges contain all; beside
///                                                          | ranges of a Gateway of MeshPort, they let others in
/// azure-deny-all-except-load-balancer-source-ranges        | on an internal Service without ranges
/// azure-load-balancer-internal                             | of an exposure of the external gateway; without it, an exposure
///                                                          | of the internal gateway of AKS is open to the Internet
/// port_N_no_lb_rule                                        | always
/// port_N_health-probe_protocol, appProtocol of the port,   | http and https, since a gateway does not answer such a probe
/// azure-load-balancer-health-probe-protocol                | on a TCP port
/// azure-disable-load-balancer-floating-ip,                 | with a security group of the subnet, whose rules name the
/// azure-pls-create                                         | address of the load balancer
/// spec.selector                                            | if it selects other pods than those of the gateway
/// </code>
/// The clients of an exposure are its <c>allowedSources</c>, or everybody. MeshPort restores selector and source ranges of its own
/// Services, so they do not count there. A Service of Istio must have the <see cref="GatewaySettings"/> that MeshPort writes to its
/// Gateway, and with <c>allowedSources</c> no source ranges in its spec: Azure refuses both together.
/// </summary>
internal static class ServiceRestriction
{
    private const string Prefix = "service.beta.kubernetes.io/";
    private const string AllowedTags = Prefix + "azure-allowed-service-tags";
    private const string NoFloatingAddress = Prefix + "azure-disable-load-balancer-floating-ip";
    private const string PrivateLink = Prefix + "azure-pls-create";
    private const string ProbeProtocol = Prefix + "azure-load-balancer-health-probe-protocol";
    private static readonly string[] Everybody = ["0.0.0.0/0"];
    private static readonly string[] EverybodyOfIpv6 = ["::/0"];

    /// <param name="hasSecurityGroup">Whether the nodes' subnet has a security group with rules of MeshPort.</param>
    /// <returns>The restriction and its remedy; null without one, or where the Service is not known.</returns>
    public static Observation? Find(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects, bool hasSecurityGroup)
    {
        if (FindService(exposure, spec, objects) is not var (target, service))
        {
            return null;
        }

        var isOwn = DesiredObjects.IsOurs(service);
        if (FindReplaced(exposure, spec, service) is { Count: > 0 } replaced)
        {
            return Restricted(
                $"{target} does not have the settings of its Gateway that decide who reaches {exposure.Spec.TellPorts()}: "
                    + $"{string.Join("; ", replaced)}."
            );
        }

        if (
            exposure.Spec.Gateway == GatewayKind.Internal
            && spec is { Strategy: Strategy.ManagedService, Connection.IsAks: true }
            && service.Annotation(LoadBalancer.Internal) != "true"
        )
        {
            return Observation.False(
                Reasons.ServiceRestricted,
                $"{target} of the internal gateway has a public address, since its annotation {LoadBalancer.Internal} is not true. "
                    + "Set it on the Service, or use strategy companionService, whose Services only MeshPort writes."
            );
        }

        if (FindWidening(exposure, spec, service, hasSecurityGroup) is { } tags)
        {
            return Restricted(
                $"{target} lets others than allowedSources to {exposure.Spec.TellPorts()}: annotation {AllowedTags} is {tags}."
            );
        }

        var found = Ranges(exposure, service, isOwn)
            .Concat(OfPorts(exposure, service))
            .Concat(hasSecurityGroup ? Marked(service, NoFloatingAddress, PrivateLink) : [])
            .Concat(exposure.Spec.Gateway == GatewayKind.External ? Marked(service, LoadBalancer.Internal) : [])
            .Concat(isOwn || spec.Strategy == Strategy.GatewayApi ? [] : Selector(AddOn.Gateway(spec, exposure.Spec.Gateway), service))
            .ToList();
        return found.Count == 0
            ? null
            : Restricted($"{target} keeps clients of {exposure.Spec.TellPorts()} out: {string.Join("; ", found)}.");

        Observation Restricted(string what) => Observation.False(Reasons.ServiceRestricted, $"{what} {Advice(spec)}");
    }

    /// <summary>Istio restores what it has written to a Service, so a change there does not last.</summary>
    private static string Advice(ClusterSpec spec) =>
        spec.Strategy switch
        {
            Strategy.ManagedService => "Change that on the Service, or use strategy companionService, whose Services only MeshPort writes.",
            Strategy.GatewayApi =>
                $"Change that where it is set: in key service of {AddOn.TellClassDefaults(spec)}, in spec.infrastructure "
                    + "of the Gateway, or else on the Service.",
            _ => "Change that on the Service.",
        };

    /// <returns>The settings of a Service of Istio that are not those of its Gateway; empty for other Services.</returns>
    private static List<string> FindReplaced(NamedExposure exposure, ClusterSpec spec, JsonObject service)
    {
        var group = PortGroup.Of(exposure.Spec);
        return spec.Strategy != Strategy.GatewayApi || service.Label(GatewayPods.GatewayName) != group.Name
            ? []
            :
            [
                .. GatewaySettings.FindDifferences(group, service.Annotations()),
                .. group.AllowedSources.Count > 0 && service["spec"].Texts("loadBalancerSourceRanges").ToList() is { Count: > 0 } ranges
                    ? [$"spec.loadBalancerSourceRanges is {string.Join(", ", ranges)}, which Azure refuses together with the annotation"]
                    : Array.Empty<string>(),
            ];
    }

    /// <summary>
    /// Azure adds a rule for each tag beside those for the ranges that MeshPort has set through a Gateway. The security group of the subnet
    /// stops these clients at an external gateway; at an internal one, its default rule lets the virtual network in. Ranges in the spec of
    /// a Service keep them out at kube-proxy.
    /// </summary>
    /// <returns>The service tags; null where they let nobody else in.</returns>
    private static string? FindWidening(NamedExposure exposure, ClusterSpec spec, JsonObject service, bool hasSecurityGroup) =>
        spec.Strategy == Strategy.GatewayApi
        && exposure.Spec.AllowedSources.Count > 0
        && service["spec"].Texts("loadBalancerSourceRanges").FirstOrDefault() is null
        && !(hasSecurityGroup && exposure.Spec.Gateway == GatewayKind.External)
        && List(service, AllowedTags) is { Count: > 0 } tags
            ? string.Join(", ", tags)
            : null;

    /// <summary>The Service with the address of the exposure, or the add-on's Service while the exposure has no address yet.</summary>
    public static (ObjectRef Target, JsonObject Service)? FindService(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects)
    {
        var own = ObjectRef.Of(AddOn.Gateway(spec, exposure.Spec.Gateway));
        var found = objects
            .Services.Where(service =>
                spec.Strategy == Strategy.ManagedService
                    ? service.Key == own
                    : exposure.Address is { } address && LoadBalancer.Address(service.Value, IpFamilies.Of(address)) == address
            )
            .OrderByDescending(service => Port(service.Value, exposure.Spec.Port) is not null)
            .ThenBy(service => $"{service.Key}", StringComparer.Ordinal)
            .FirstOrDefault();
        return found.Value is null ? null : (found.Key, found.Value);
    }

    /// <param name="isOwn">Whether the Service, and so the source ranges of its spec, is MeshPort's.</param>
    private static IEnumerable<string> Ranges(NamedExposure exposure, JsonObject service, bool isOwn)
    {
        var clients =
            exposure.Spec.AllowedSources.Count > 0 ? exposure.Spec.AllowedSources
            : exposure.Addresses.Any(address => address.Family == IpFamily.IPv6) ? [.. Everybody, .. EverybodyOfIpv6]
            : Everybody;
        var ofSpec = service["spec"].Texts("loadBalancerSourceRanges").ToList();
        var annotated = List(service, LoadBalancer.AllowedRanges);
        var tags = List(service, AllowedTags);
        var all = ofSpec.Concat(annotated).ToList();
        var isPublic = service.Annotation(LoadBalancer.Internal) != "true";
        var deniesOthers = service.Annotation(LoadBalancer.DenyOthers) == "true";
        if (ofSpec.Count > 0 && !isOwn && !Contains(ofSpec, clients))
        {
            yield return $"spec.loadBalancerSourceRanges is {string.Join(", ", ofSpec)}";
        }

        var isOpen = Contains(all, clients) || tags.Contains("Internet", StringComparer.OrdinalIgnoreCase);
        var isValid = annotated.TrueForAll(range => IPNetwork.TryParse(range, out _)); // otherwise Azure refuses the Service as a whole
        if (annotated.Count > 0 && isValid && (isPublic || deniesOthers) && !isOpen)
        {
            yield return $"annotation {LoadBalancer.AllowedRanges} is {string.Join(", ", annotated)}";
        }

        if (tags.Count > 0 && (ofSpec.Count > 0 || ((isPublic || deniesOthers) && !isOpen)))
        {
            yield return $"annotation {AllowedTags} is {string.Join(", ", tags)}"
                + (ofSpec.Count > 0 ? ", which Azure refuses together with spec.loadBalancerSourceRanges" : "");
        }

        if (deniesOthers && !isPublic && all.Count + tags.Count == 0)
        {
            yield return $"annotation {LoadBalancer.DenyOthers} is true, and no range is allowed";
        }
    }

    private static IEnumerable<string> OfPorts(NamedExposure exposure, JsonObject service) =>
        PortResults.Find(exposure, part => string.Join("; ", OfPort(part.Spec.Port, service)) is { Length: > 0 } found ? found : null)
            is { } found
            ? [found]
            : [];

    private static IEnumerable<string> OfPort(int number, JsonObject service)
    {
        foreach (var marked in Marked(service, $"{Prefix}port_{number}_no_lb_rule"))
        {
            yield return marked;
        }

        // With this policy, the load balancer probes the nodes, not the port.
        if (
            TrafficPolicy.IsLocal(service)
            || !ProbedPort.IsProbed(service, number)
            || service.Annotation(ProbedPort.Annotation(number)) is not null
        )
        {
            yield break;
        }

        var ofPort = $"{Prefix}port_{number}_health-probe_protocol";
        var (name, protocol) =
            service.Annotation(ofPort) is { } one ? ($"annotation {ofPort}", one)
            : Port(service, number)?["appProtocol"]?.ToString() is { } app ? ($"appProtocol of port {number}", app)
            : ($"annotation {ProbeProtocol}", service.Annotation(ProbeProtocol) ?? "");
        if (protocol.ToUpperInvariant() is "HTTP" or "HTTPS")
        {
            yield return $"{name} is {protocol}, and a gateway does not answer such a health probe on this port";
        }
    }

    private static IEnumerable<string> Selector(GatewayService gateway, JsonObject service) =>
        (service["spec"]?["selector"] as JsonObject ?? [])
            .Where(label => gateway.Selector.TryGetValue(label.Key, out var value) && value != $"{label.Value}")
            .Select(label => $"spec.selector has {label.Key}: {label.Value}, which are not the pods of the gateway");

    private static IEnumerable<string> Marked(JsonObject service, params string[] annotations) =>
        annotations.Where(annotation => service.Annotation(annotation) == "true").Select(annotation => $"annotation {annotation} is true");

    /// <summary>Whether each of the clients' ranges is within one of the ranges.</summary>
    public static bool Contains(IReadOnlyCollection<string> ranges, IEnumerable<string> clients) =>
        clients.All(client =>
            IPNetwork.TryParse(client, out var wanted)
            && ranges.Any(range =>
                IPNetwork.TryParse(range, out var allowed)
                && allowed.Contains(wanted.BaseAddress)
                && allowed.PrefixLength <= wanted.PrefixLength
            )
        );

    private static List<string> List(JsonObject service, string annotation) => LoadBalancer.Items(service.Annotation(annotation));

    private static JsonObject? Port(JsonObject service, int number) =>
        service.ServicePorts().FirstOrDefault(port => port.PortNumber() == number && port["protocol"]?.ToString() is null or "TCP");
}
