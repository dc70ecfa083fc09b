namespace MeshPort.Sandbox.Kubernetes;

/// <summary>What a cluster looks like to its Kubernetes side; made from the ARM resource when an ARM operation has reached the point in time at which it is so.</summary>
/// <param name="ClusterId">The ARM id.</param>
/// <param name="SubnetId">The nodes' subnet, whose network security group guards the data plane; null for an AKS-managed network.</param>
/// <param name="EntraIntegrated">Entra tokens are accepted.</param>
internal sealed record ClusterShape(
    string ClusterId,
    string Name,
    string Location,
    string KubernetesVersion,
    string NodePoolName,
    int NodeCount,
    string VmSize,
    string? SubnetId,
    bool LocalAccounts,
    bool EntraIntegrated,
    MeshShape? Mesh
)
{
    /// <summary>The managed Gateway API definitions are installed.</summary>
    public bool GatewayApi { get; init; }

    /// <summary>Object id of the identity that asks Azure for load balancers; null when that is a service principal, whose rights are not looked at.</summary>
    public string? PrincipalId { get; init; }

    /// <summary>Azure RBAC decides before the cluster's own roles (<c>aadProfile.enableAzureRBAC</c>).</summary>
    public bool AzureRbac { get; init; }

    /// <summary>Object ids of the Entra groups whose members administer the cluster (<c>aadProfile.adminGroupObjectIDs</c>).</summary>
    public IReadOnlyList<string> AdminGroups { get; init; } = [];

    /// <summary>The cluster keeps its objects and addresses, but nothing of it runs: no API server, no controllers, no data plane.</summary>
    public bool Stopped { get; init; }

    /// <summary>All node pools; the one that the parameters describe when no others are given.</summary>
    public IReadOnlyList<NodePoolShape> Pools
    {
        get => field ?? [new NodePoolShape(NodePoolName, "System", NodeCount, VmSize, KubernetesVersion)];
        init;
    }
}

/// <param name="Mode">System or User.</param>
internal sealed record NodePoolShape(string Name, string Mode, int Count, string VmSize, string KubernetesVersion)
{
    /// <summary>On each of its nodes.</summary>
    public int MaxPods { get; init; } = 250;
}

/// <param name="Revisions">One, or two during a canary upgrade: <c>asm-1-30</c>.</param>
internal sealed record MeshShape(IReadOnlyList<string> Revisions, bool ExternalGateway, bool InternalGateway)
{
    /// <summary>The name of the internal gateway's Service and Deployments.</summary>
    public const string InternalGatewayName = "aks-istio-ingressgateway-internal";
}
