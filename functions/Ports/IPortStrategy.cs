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
    public GatewayService Gateway(GatewayKind gateway) => AddOn.Gateway(Spec, gateway);
}

/// <param name="Address">The address under which the port is open; null while it has none.</param>
/// <param name="IsReverted">The port was open, had vanished and is open again.</param>
/// <param name="IsRepaired">The port was open, somebody had edited it, and MeshPort has restored it.</param>
internal sealed record PortOutcome(StepResult Result, string? Address, bool IsReverted = false, bool IsRepaired = false)
{
    public static PortOutcome Open(string message, string address) =>
        new(StepResult.Done(Observation.True(Reasons.AsDesired, message)), address);

    public static PortOutcome Refused(string reason, string message) => new(StepResult.Done(Observation.False(reason, message)), null);

    public static PortOutcome Waits(string message) => new(StepResult.AskAgain(Reasons.AddressPending, message), null);

    /// <summary>
    /// The outcome for an exposure on a Service of the load balancer:
    /// <code>
    /// address   the cluster's last attempt   exposure   result
    /// none      failed                       any        wait, LoadBalancerFailed
    /// none      any other                    any        wait, AddressPending
    /// has one   failed                       not Ready  wait, LoadBalancerFailed
    /// has one   any other                    any        True, AsDesired
    /// </code>
    /// A port that was reached stays open when the cluster cannot change the load balancer for another one.
    /// </summary>
    /// <param name="service">Null while it does not exist.</param>
    public static PortOutcome Of(PortWork work, NamedExposure exposure, ObjectRef? service, string? address, string open, string waits) =>
        service is not null
        && work.Objects.LoadBalancerFailures.TryGetValue(service, out var failure)
        && !(address is not null && PortServices.IsProven(exposure))
            ? new PortOutcome(
                StepResult.AskAgain(
                    Reasons.LoadBalancerFailed,
                    $"The cluster cannot {(address is null ? "make" : "change")} the load balancer of Service {service.Name}. "
                        + LoadBalancerFailure.Explain(failure)
                ),
                null
            )
        : address is null ? Waits(waits)
        : Open(open, address);
}
