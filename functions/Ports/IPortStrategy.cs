using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>A way in which ports are opened on Azure's load balancer.</summary>
internal interface IPortStrategy
{
    Strategy Kind { get; }

    /// <summary>The objects that route an exposure opened in this way.</summary>
    IEnumerable<DesiredObject> Route(NamedExposure exposure, ClusterSpec spec);

    /// <returns>The exposures that the cluster cannot serve in this way, with the reason and what to do.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    Task<IReadOnlyDictionary<string, Observation>> RefuseAsync(
        KubernetesApi api,
        ClusterSpec spec,
        IReadOnlyList<NamedExposure> exposures,
        CancellationToken cancellationToken
    );

    /// <summary>Looks which objects would open the ports of the active exposures, leave those that are kept as they are, and close the others. Writes nothing.</summary>
    /// <returns>In the order of their writing, with what becomes of each active exposure.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    Task<IReadOnlyList<PortObject>> PlanAsync(PortWork work, CancellationToken cancellationToken);
}

/// <param name="Installation">Whose ports these are.</param>
/// <param name="Active">To be opened now.</param>
/// <param name="Kept">Left open where they are, not opened where they are not.</param>
/// <param name="IsFirst">Whether the cluster's ports were not opened in this way before.</param>
internal sealed record PortWork(
    KubernetesApi Api,
    ClusterSpec Spec,
    string Installation,
    IReadOnlyList<NamedExposure> Active,
    IReadOnlyList<NamedExposure> Kept,
    bool IsFirst
)
{
    public GatewayService Gateway(GatewayKind gateway) => AddOn.Gateway(Spec, gateway);
}

/// <param name="Address">Under which the port is open; null while there is none.</param>
/// <param name="IsReverted">The port had been open, was gone and is open again.</param>
/// <param name="IsRepaired">The port had been open, somebody had edited it, and it is as it was.</param>
internal sealed record PortOutcome(StepResult Report, string? Address, bool IsReverted = false, bool IsRepaired = false)
{
    public static PortOutcome Open(string message, string address) =>
        new(StepResult.Done(Observation.True(Reasons.AsDesired, message)), address);

    public static PortOutcome Refused(string reason, string message) => new(StepResult.Done(Observation.False(reason, message)), null);

    public static PortOutcome Waits(string message) => new(StepResult.AskAgain(Reasons.AddressPending, message), null);
}
