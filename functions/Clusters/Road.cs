using MeshPort.Exposures;
using MeshPort.Exposures.Strategies;
using MeshPort.ManagedClusters;
using MeshPort.Mesh;
using MeshPort.Network;

namespace MeshPort.Clusters;

/// <summary>The stations of a convergence in their order, with how long each may take (domain facts, section 10.1: deadlines, not averages).</summary>
internal static class Road
{
    /// <summary>A sub-orchestration of its own, since a cluster has many features; their deadlines are in the spec.</summary>
    public const string Features = "RegisterFeatures";

    public static readonly Station Network = new("EnsureNetwork", nameof(EnsureNetwork), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5));
    public static readonly Station Cluster = new("EnsureCluster", nameof(EnsureManagedCluster), TimeSpan.FromMinutes(90), TimeSpan.FromSeconds(15));
    public static readonly Station Mesh = new("EnsureMesh", nameof(EnsureMesh), TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(10));
    public static readonly Station Gateways = new("EnsureGateways", nameof(EnsureGateways), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(10));

    /// <summary>Each records the condition of every exposure by itself.</summary>
    public static readonly IReadOnlyList<(Station Station, string Condition)> Exposures =
    [
        (new Station("DeployWorkloads", nameof(DeployWorkloads), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5)), ConditionTypes.WorkloadReady),
        (new Station("ProgramRoutes", nameof(ProgramRoutes), TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5)), ConditionTypes.RouteProgrammed),
        (new Station("OpenPorts", nameof(OpenManagedServicePorts), TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5)), ConditionTypes.PortOpen),
        (new Station("OpenNetwork", nameof(EnsureNetworkOpen), TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5)), ConditionTypes.NetworkOpen),
        (new Station("ProveReachability", nameof(ProbeExposures), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10)), ConditionTypes.Reachable),
    ];

    public static readonly IReadOnlyList<string> Steps = [Features, Network.Step, Cluster.Step, Mesh.Step, Gateways.Step, .. Exposures.Select(exposure => exposure.Station.Step)];
}
