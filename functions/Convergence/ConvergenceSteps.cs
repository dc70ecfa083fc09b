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

/// <summary>The stations of a convergence in their order, with how long each may take (domain facts, section 10.1: deadlines, not averages). A hundred clusters that are
/// looked at every 10 s take 10 of the 25 reads a second that Azure Resource Manager gives to one identity in a subscription (section 4.4); their API servers count for themselves.</summary>
internal static class ConvergenceSteps
{
    /// <summary>A sub-orchestration of its own, since a cluster has many features; their deadlines are in the spec.</summary>
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

    /// <summary>For activities that touch State alone: what they throw is a store that is busy or away.</summary>
    public static readonly TaskOptions Bookkeeping = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(2), 2));

    /// <summary>How long the exposures may take after the last of them was asked for.</summary>
    public static readonly TimeSpan ExposuresDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Each looks at all exposures once and records the condition of every one by itself.</summary>
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
