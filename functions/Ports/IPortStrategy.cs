using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>One way to open ports on Azure's load balancer.</summary>
internal interface IPortStrategy
{
    Strategy Kind { get; }

    /// <summary>
    /// Decides the objects that open the ports of the active exposures, leave those of the kept exposures as they are, and close all
    /// others. Pure.
    /// </summary>
    /// <returns>The objects in the order in which they are written, with the outcome for each active exposure.</returns>
    IReadOnlyList<PortObject> Plan(PortWork work);
}

/// <param name="Objects">The cluster as it is.</param>
/// <param name="Installation">The installation that owns the ports.</param>
/// <param name="Active">The exposures whose ports are to be open.</param>
/// <param name="Kept">The exposures whose ports stay open where they are, and are not opened where they are not.</param>
/// <param name="IsFirst">Whether this strategy opens ports of the cluster for the first time.</param>
internal sealed record PortWork(
    ClusterObjects Objects,
    ClusterSpec Spec,
    string Installation,
    IReadOnlyList<NamedExposure> Active,
    IReadOnlyList<NamedExposure> Kept,
    bool IsFirst
)
{
    private readonly Dictionary<ObjectRef, int?> _nodes = [];

    /// <summary>The addresses of the spec that gateways can have now.</summary>
    public IReadOnlyList<ChosenAddress> Chosen { get; init; } = [];

    /// <summary>The address of the spec for a gateway; null when AKS chooses it.</summary>
    public ChosenAddress? Address(GatewayKind gateway) => Chosen.FirstOrDefault(address => address.Gateway == gateway);

    /// <summary>Whether all Services of a gateway share one address of the spec.</summary>
    public bool IsAtOneAddress(GatewayKind gateway) => Address(gateway) is { PublicIp: not null } or { Ip: not null };

    public GatewayService Gateway(GatewayKind gateway) => AddOn.Gateway(Spec, gateway);

    /// <summary>
    /// For people, the nodes that take the connections of an exposure that preserves clients' addresses; empty for others. Many exposures
    /// share a gateway, so its nodes are counted once.
    /// </summary>
    public string TellNodes(ExposureSpec exposure)
    {
        if (exposure.ClientAddress is null)
        {
            return "";
        }

        var service = GatewayPods.ServiceOf(exposure, Spec);
        if (!_nodes.TryGetValue(service, out var nodes))
        {
            _nodes[service] = nodes = EndpointSlices.Nodes(Objects, service);
        }

        return TrafficPolicy.TellNodes(nodes);
    }
}

/// <param name="Address">The address under which the port is open; null while it has none.</param>
internal sealed record PortOutcome(StepResult Result, string? Address)
{
    /// <summary>The address of IPv6, where the exposure has both families.</summary>
    public string? Ipv6 { get; private init; }

    /// <summary>The ports that were open, had vanished and are open again.</summary>
    public IReadOnlyList<int> Reverted { get; init; } = [];

    /// <summary>The ports that were open, somebody had edited, and MeshPort has restored.</summary>
    public IReadOnlyList<int> Repaired { get; init; } = [];

    /// <summary>
    /// Why the load balancer may lack the port: the cluster's last attempt to change it has failed. Only the probe can tell.
    /// </summary>
    public string? LoadBalancerFailure { get; init; }

    /// <summary>The port of others that the exposure takes over, with its owners: a part of a sentence; null without one.</summary>
    public string? Adoption { get; init; }

    /// <summary>
    /// The ports that are open although others of the exposure are refused, or its address of IPv6 is missing; null without any.
    /// </summary>
    public PartlyOpen? Partly { get; private init; }

    /// <summary>Whether clients can use the address, as far as the cluster knows.</summary>
    public bool IsOpen => Address is not null && LoadBalancerFailure is null;

    /// <summary>For people: <c>Port 9000 is</c>, or <c>Ports 21, 30000-30100 are</c>.</summary>
    public static string TellOpen(ExposureSpec exposure) =>
        $"{exposure.TellPorts(isFirst: true)} {(exposure.AllPorts.Count == 1 ? "is" : "are")}";

    public static PortOutcome Open(string message, string address) =>
        new(StepResult.Done(Observation.True(Reasons.AsDesired, message)), address);

    public static PortOutcome Refused(string reason, string message) => new(StepResult.Done(Observation.False(reason, message)), null);

    /// <param name="address">The address under which the other ports are open; null without one.</param>
    /// <param name="open">The ports that are not refused.</param>
    public static PortOutcome Refused(Observation refusal, string? address, IReadOnlyList<int> open) =>
        Refused(refusal.Reason, refusal.Message) with
        {
            Partly = address is null || open.Count == 0 ? null : new PartlyOpen(address, open),
        };

    /// <summary>
    /// The outcome on a Service of both families: it waits for the address of IPv6, too. Clients of IPv4 are served meanwhile. A Service
    /// that loses IPv6 has no such address any more. An address of a family without sources lets nobody in, so it is not one of the
    /// exposure.
    /// </summary>
    /// <param name="ports">The ports of the exposure.</param>
    public PortOutcome OverIpv6(ServiceFamilies families, PortWork work, ObjectRef target, JsonObject? service, IReadOnlyList<int> ports)
    {
        if (!families.HasIpv6)
        {
            return Address is null || !work.Spec.IsDualStack ? this : Telling("It has no IPv6 address: allowedSources has no IPv6 range.");
        }

        if (Address is not { } address || service is null)
        {
            return this;
        }

        if (families.HasIpv4 && IpFamilies.Of(address) == IpFamily.IPv6)
        {
            return WaitsAt(address, $"Service {target.Name} has no IPv4 address yet. IPv6 clients use {address}.");
        }

        var wanted = work.Address(GatewayKind.External)?.Ipv6;
        return LoadBalancer.Address(service, IpFamily.IPv6) switch
        {
            null => Waits("has no IPv6 address yet", null),
            var other when wanted is not null && other != wanted => Waits(
                $"still has the IPv6 address {other}, and moves to {wanted}",
                other
            ),
            var ipv6 when !families.HasIpv4 => Telling("It has no IPv4 address: allowedSources has no IPv4 range.") with { Address = ipv6 },
            var ipv6 => this with { Ipv6 = ipv6 },
        };

        PortOutcome Waits(string what, string? left) =>
            families.HasIpv4
                ? WaitsAt(address, $"Service {target.Name} {what}. IPv4 clients use {address}.") with
                {
                    Ipv6 = left,
                }
                : WaitsAt(left, $"Service {target.Name} {what}.");

        // The address that works stays known, since the security group lets clients to known addresses only.
        PortOutcome WaitsAt(string? known, string message) =>
            Of(work, target, null, null, null, "", message) with
            {
                Partly = known is null ? null : new PartlyOpen(known, ports),
            };
    }

    private PortOutcome Telling(string more) =>
        this with
        {
            Result = StepResult.Done(Result.Observation with { Message = $"{Result.Observation.Message} {more}" }),
        };

    /// <summary>The outcome when the API server has refused the write of the object.</summary>
    public PortOutcome AfterRefusal(Observation refusal) =>
        Address is not null || Result.Wait ? new(StepResult.OfWrite(refusal), null)
        : Partly is null ? this // the body did not contain it
        : Refused(Result.Observation.Reason, $"{Result.Observation.Message} The other ports: {refusal.Message}");

    public static PortOutcome Waits(string message) => Waits(Reasons.AddressPending, message);

    public static PortOutcome Waits(string reason, string message) => new(StepResult.AskAgain(reason, message), null);

    /// <summary>
    /// The outcome for an exposure on a Service of the load balancer:
    /// <code>
    /// address             the cluster's last attempt   result
    /// none                failed                       wait, LoadBalancerFailed
    /// none                any other                    wait, AddressPending
    /// not the spec's yet  failed                       wait, LoadBalancerFailed
    /// not the spec's yet  any other                    wait, AddressPending
    /// has one             failed                       True, AsDesired, with the failure for the probe
    /// has one             any other                    True, AsDesired
    /// </code>
    /// Where the cluster cannot change the load balancer, ports that it had before stay reachable, and new ones are not.
    /// </summary>
    /// <param name="service">Null while it does not exist.</param>
    /// <param name="chosen">The address of the spec for the Service; null when AKS chooses it.</param>
    /// <param name="left">The address that the Service gives up; null without one.</param>
    public static PortOutcome Of(
        PortWork work,
        ObjectRef? service,
        string? address,
        ChosenAddress? chosen,
        string? left,
        string open,
        string waits
    )
    {
        var next =
            left is not null ? "an address of AKS"
            : chosen?.Ip != address ? chosen?.Ip
            : null;
        if (address is not null && next is not null)
        {
            (waits, address) = (
                $"{(service is null ? "The Service" : $"Service {service.Name}")} still has address {address}, and moves to {next}.",
                null
            );
        }

        var failure =
            service is not null && work.Objects.LoadBalancerFailures.TryGetValue(service, out var words)
                ? $"The cluster cannot {(address is null ? "make" : "change")} the load balancer of Service {service.Name}. "
                    + Gateways.LoadBalancerFailure.Explain(words)
                : null;
        return (address, failure) switch
        {
            (null, null) => Waits(waits),
            (null, _) => new PortOutcome(StepResult.AskAgain(Reasons.LoadBalancerFailed, failure), null),
            _ => Open(open, address) with { LoadBalancerFailure = failure },
        };
    }
}

/// <summary>The open ports of an exposure of which others are refused, or which has only one of its addresses.</summary>
internal sealed record PartlyOpen(string Address, IReadOnlyList<int> Ports);
