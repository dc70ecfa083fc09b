using MeshPort.Features;
using MeshPort.ManagedClusters;
using MeshPort.Mesh;
using MeshPort.Model;
using MeshPort.Network;

namespace MeshPort.Convergence;

/// <summary>
/// The steps of a convergence in their order, with their deadlines (domain facts, section 10.1). A hundred clusters that MeshPort reads
/// every 10 s take 10 of the 25 reads a second that Azure Resource Manager gives to one identity in a subscription (section 4.4). Requests
/// to API servers do not count there.
/// </summary>
internal static class ConvergenceSteps
{
    /// <summary>
    /// How long the load balancer of a Service may take. A new role of the cluster's identity may take five minutes to work. Kubernetes
    /// repeats a failed attempt at the latest five minutes after the one before (service controller, maxRetryDelay), and the load balancer
    /// then takes a minute.
    /// </summary>
    public static readonly TimeSpan LoadBalancerDeadline = TimeSpan.FromMinutes(12);

    /// <summary>A sub-orchestration, since a cluster may have many features; their deadlines are in the spec.</summary>
    public const string Features = "RegisterFeatures";

    /// <summary>The resource providers of a new cluster, as a part of the step <see cref="Features"/>.</summary>
    public static readonly ConvergenceStep Providers = new(
        Features,
        nameof(EnsureRequiredProviders),
        FeatureSpec.DefaultDeadline,
        TimeSpan.FromSeconds(10)
    );

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
        LoadBalancerDeadline,
        TimeSpan.FromSeconds(5)
    );

    /// <summary>For activities that use State alone: their exceptions mean that the store is busy or unavailable.</summary>
    public static readonly TaskOptions Bookkeeping = TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromSeconds(2), 2));

    /// <summary>
    /// How long the exposures may take after the last request for one of them, unless one waits for a load balancer that the cluster could
    /// not make (<see cref="LoadBalancerDeadline"/>).
    /// </summary>
    public static readonly TimeSpan ExposuresDeadline = TimeSpan.FromMinutes(5);

    /// <summary>The removal of exposures; a step that few convergences have.</summary>
    public const string Removal = "WithdrawExposures";

    /// <summary>The steps of a pass, by the condition that they observe.</summary>
    private static readonly IReadOnlyDictionary<string, string> Exposures = new Dictionary<string, string>
    {
        [ConditionTypes.WorkloadReady] = "DeployWorkloads",
        [ConditionTypes.RouteProgrammed] = "ProgramRoutes",
        [ConditionTypes.PortOpen] = "OpenPorts",
        [ConditionTypes.NetworkOpen] = "OpenNetwork",
        [ConditionTypes.Reachable] = "ProveReachability",
    };

    public static string Of(string condition) => Exposures[condition];

    public static readonly IReadOnlyList<string> Steps =
    [
        Features,
        Network.Step,
        Cluster.Step,
        Mesh.Step,
        Gateways.Step,
        .. ExposurePass.Conditions.Select(Of),
    ];
}
