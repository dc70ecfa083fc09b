using MeshPort.Firewall;
using MeshPort.ManagedClusters;
using MeshPort.Mesh;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.Ports;
using MeshPort.Proof;
using MeshPort.Routes;
using MeshPort.Workloads;

namespace MeshPort.Convergence;

/// <summary>
/// The steps of a convergence in their order, with their deadlines (domain facts, section 10.1). A hundred clusters that MeshPort reads
/// every 10 s take 10 of the 25 reads a second that Azure Resource Manager gives to one identity in a subscription (section 4.4). Requests
/// to API servers do not count there.
/// </summary>
internal static class ConvergenceSteps
{
    /// <summary>A sub-orchestration, since a cluster may have many features; their deadlines are in the spec.</summary>
    public const string Features = "RegisterFeatures";

    public static readonly ConvergenceStep Network = new(
        "EnsureNetwork",
        nameof(EnsureNetwork),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromSeconds(5)
    );
    public static readonly ConvergenceStep Cluster = new(
        "EnsureCluster",
        nameof(EnsureManagedCluster),
        TimeSpan.FromMinutes(90),
        TimeSpan.FromSeconds(10)
    );
    public static readonly ConvergenceStep Mesh = new("EnsureMesh", nameof(EnsureMesh), TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(5));
    public static readonly ConvergenceStep Gateways = new(
        "EnsureGateways",
        nameof(EnsureGateways),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromSeconds(5)
    );

    /// <summary>For activities that use State alone: their exceptions mean that the store is busy or unavailable.</summary>
    public static readonly TaskOptions Bookkeeping = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(2), 2));

    /// <summary>How long the exposures may take after the last request for one of them.</summary>
    public static readonly TimeSpan ExposuresDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Each observes all exposures once and records a condition of each.</summary>
    public static readonly IReadOnlyList<(string Step, string Activity, string Condition)> Exposures =
    [
        ("DeployWorkloads", nameof(DeployWorkloads), ConditionTypes.WorkloadReady),
        ("ProgramRoutes", nameof(ProgramRoutes), ConditionTypes.RouteProgrammed),
        ("OpenPorts", nameof(OpenPorts), ConditionTypes.PortOpen),
        ("OpenNetwork", nameof(EnsureNetworkOpen), ConditionTypes.NetworkOpen),
        ("ProveReachability", nameof(ProbeExposures), ConditionTypes.Reachable),
    ];

    public static readonly IReadOnlyList<string> Steps =
    [
        Features,
        Network.Step,
        Cluster.Step,
        Mesh.Step,
        Gateways.Step,
        .. Exposures.Select(exposure => exposure.Step),
    ];
}
