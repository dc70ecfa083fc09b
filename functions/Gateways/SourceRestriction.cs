using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Whether the clients of one port of a shared Service can be restricted, pure. Azure's and Kubernetes' source ranges apply to a whole
/// Service. For one port, the security group of the nodes' subnet works, or an AuthorizationPolicy at the gateway. The policy works only
/// while the Service keeps the clients' addresses (externalTrafficPolicy Local).
/// <code>
/// allowedSources | security group of the subnet         | gateway's Service            | result
/// ---------------+--------------------------------------+------------------------------+------------------------------
/// none           | -                                    | -                            | not refused
/// some           | yes                                  | -                            | not refused
/// some           | yes, and another exposure shares the | -                            | False, SourcesNotRestrictable
///                | port with other allowedSources       |                              |
/// some           | no                                   | keeps the clients' addresses | not refused
/// some, and      | no                                   | any                          | not refused
/// clientAddress  |                                      |                              |
/// some           | no                                   | does not keep them           | False, SourcesNotRestrictable
/// some           | no                                   | missing                      | not refused; its port is not opened
/// some, and a    | no                                   | any, and MeshPort does not   | False, SourcesNotRestrictable
/// wildcard       |                                      | see all Gateways             |
/// </code>
/// A listener with other users counts as if there were no security group (<see cref="SharedPort"/>): port 443, and a port to whose listener
/// a port of others leads. Only the gateway can restrict it. With companionService, nothing does.
/// </summary>
internal static class SourceRestriction
{
    /// <summary>Whether the spec, as it was observed, names the security group of the nodes' subnet.</summary>
    public static bool HasNetworkSecurityGroup(ClusterSpec spec) => spec.Network?.NetworkSecurityGroup is not null;

    /// <summary>Whether the gateway itself keeps other sources out of an exposure of strategy managedService.</summary>
    /// <param name="own">The gateway's own Service; null where it is not known.</param>
    public static bool IsAtGateway(ExposureSpec exposure, ClusterSpec spec, JsonObject? own) =>
        !HasNetworkSecurityGroup(spec) || SharedPort.HasOtherUsers(exposure, spec, own);

    /// <summary>The same of an exposure whose port of the add-on's Service may be open, whatever the cluster's strategy is now.</summary>
    public static bool IsAtGateway(ExposureSpec exposure, ClusterSpec spec, ClusterObjects objects) =>
        IsAtGateway(exposure, spec with { Strategy = Strategy.ManagedService }, SharedPort.Service(spec, exposure.Gateway, objects));

    /// <param name="service">The gateway's Service; null where it is missing.</param>
    /// <returns>The reason why the sources cannot be restricted; null when they can.</returns>
    public static Observation? Refusal(NamedExposure exposure, IReadOnlyList<NamedExposure> all, JsonObject? service, ClusterSpec spec)
    {
        if (!IsAtGateway(exposure.Spec, spec, service))
        {
            return OtherSources(exposure, all, "A security group cannot tell them apart");
        }

        if (service is null)
        {
            return null;
        }

        if (SharedPort.IsUsedBy(exposure.Spec, spec) && SharedPort.Number(exposure.Spec.Port, service) is null)
        {
            return Observation.False(
                Reasons.SourcesNotRestrictable,
                $"Port {exposure.Spec.Port} of Service {service.Name()} leads to a port by its name, and a policy at the gateway needs its "
                    + $"number. So exposure {exposure.Name} is closed. Remove its allowedSources, or use another port."
            );
        }

        // With clientAddress, the write that opens the port also sets the policy. A port that is open already waits for it (Guards).
        return TrafficPolicy.IsLocal(service) || exposure.Spec.ClientAddress is not null
            ? null
            : Observation.False(
                Reasons.SourcesNotRestrictable,
                SharedPort.HasOtherUsers(exposure.Spec, spec, service)
                    ? $"Port {SharedPort.Beside(exposure.Spec, service)?.PortNumber() ?? exposure.Spec.Port} of Service {service.Name()} "
                        + "has other users and the same listener, so only the gateway can keep other sources "
                        + $"out of exposure {exposure.Name}, and it does not see the addresses of clients. So the exposure is closed. "
                        + "Set clientAddress to preserve, or use another port."
                    : "Sources of a single port cannot be restricted here, so it is closed. "
                        + "Set clientAddress to preserve, use your own subnet with a security group "
                        + "that network.networkSecurityGroup names, or use strategy companionService."
            );
    }

    /// <summary>
    /// With companionService, the Service of each group of sources leads to the same pods. The clients of one of them reach every
    /// exposure of a port by its server name.
    /// </summary>
    /// <returns>The exposures that share a port with exposures of other sources.</returns>
    public static Dictionary<string, Observation> FindShared(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        ClusterObjects objects
    ) =>
        Find(
            exposures,
            exposure => AnotherWay(exposure, spec, objects) ?? OtherSources(exposure, exposures, "Its clients reach the same listener")
        );

    /// <summary>A port of others in a Service of the gateway leads to the listener too, without the sources of the exposure.</summary>
    private static Observation? AnotherWay(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects)
    {
        var own = ObjectRef.Of(AddOn.Gateway(spec, exposure.Spec.Gateway));
        return objects
            .Services.Where(service => service.Key == own)
            .Concat(
                GatewayPods
                    .Of(exposure.Spec, spec, objects)
                    .Services.Where(service =>
                        service.Key != own && !objects.Ours.ContainsKey(service.Key) && LetsOthersIn(exposure.Spec, service.Value)
                    )
            )
            .Select(service =>
                SharedPort.AnywayOfOthers(exposure.Spec, service.Value) is { } port
                    ? Observation.False(
                        Reasons.SourcesNotRestrictable,
                        $"Port {port.PortNumber()} of Service {service.Key.Name} reaches the same listener and lets everybody in, "
                            + $"so exposure {exposure.Name} is closed. "
                            + "Use another port, or strategy managedService with clientAddress preserve."
                    )
                    : null
            )
            .FirstOrDefault(refusal => refusal is not null);
    }

    /// <summary>Whether clients from outside the cluster, beside those of an exposure, may reach a Service of others.</summary>
    private static bool LetsOthersIn(ExposureSpec exposure, JsonObject service) =>
        $"{service["spec"]?["type"]}" == "LoadBalancer"
        && (
            service["spec"].Texts("loadBalancerSourceRanges").ToList() is not { Count: > 0 } ranges
            || !ServiceRestriction.Contains(exposure.AllowedSources, ranges)
        );

    /// <param name="why">A part of a sentence.</param>
    private static Observation? OtherSources(NamedExposure exposure, IReadOnlyList<NamedExposure> all, string why) =>
        all.FirstOrDefault(other =>
            other.Spec.Gateway == exposure.Spec.Gateway
            && other.Spec.SharesPort(exposure.Spec)
            && !other.Spec.AllowedSources.SequenceEqual(exposure.Spec.AllowedSources)
        )
            is { } other
            ? Observation.False(
                Reasons.SourcesNotRestrictable,
                $"Exposure {other.Name} shares port {exposure.Spec.Port} with other allowedSources. "
                    + $"{why}, so {exposure.Name} is closed. Give both the same allowedSources, or use another port."
            )
            : null;

    /// <returns>The exposures whose sources cannot be restricted, with the reason and the remedy.</returns>
    public static Dictionary<string, Observation> FindRefusals(
        IReadOnlyList<NamedExposure> exposures,
        ClusterSpec spec,
        ClusterObjects objects
    ) =>
        Find(
            exposures,
            exposure =>
                SharedPort.Service(spec, exposure.Spec.Gateway, objects) is var own
                && Refusal(exposure, exposures, own, spec) is { } refusal
                    ? refusal
                    : Unseen(exposure, own, spec, objects)
        );

    /// <summary>
    /// A policy for a wildcard leaves out the names of others below it. It would refuse the clients of names that MeshPort does not see.
    /// </summary>
    private static Observation? Unseen(NamedExposure exposure, JsonObject? own, ClusterSpec spec, ClusterObjects objects) =>
        !objects.HasAllGateways
        && exposure.Spec.SniHosts.FirstOrDefault(host => host.StartsWith('*')) is { } wildcard
        && SharedPort.HasOtherUsers(exposure.Spec, spec, own)
            ? Observation.False(
                Reasons.SourcesNotRestrictable,
                $"The listener has other users, and MeshPort may not list Gateways and VirtualServices in all namespaces. A policy for "
                    + $"{wildcard} could refuse the clients of others, so exposure {exposure.Name} is closed. Grant MeshPort the verb list "
                    + "on both kinds in the cluster (samples/rbac), name the hosts without a wildcard, or use another port."
            )
            : null;

    private static Dictionary<string, Observation> Find(IReadOnlyList<NamedExposure> exposures, Func<NamedExposure, Observation?> refuse)
    {
        var refused = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var exposure in exposures.Where(exposure => exposure.Spec.AllowedSources.Count > 0))
        {
            if (refuse(exposure) is { } refusal)
            {
                refused[exposure.Name] = refusal;
            }
        }

        return refused;
    }
}
