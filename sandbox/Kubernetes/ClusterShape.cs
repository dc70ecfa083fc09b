namespace MeshPort.Sandbox.Kubernetes;

/// <summary>
/// The Kubernetes side of a cluster as ARM defines it. It is derived from the ARM resource when an ARM operation takes effect.
/// </summary>
/// <param name="ClusterId">The ARM id.</param>
/// <param name="SubnetId">The nodes' subnet, whose network security group guards the data plane. Null for an AKS-managed network.</param>
/// <param name="EntraIntegrated">The API server accepts Entra tokens.</param>
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
    /// <summary>
    /// AKS Automatic: AKS runs the nodes of the system, makes others for pods, and protects its namespaces (<c>sku.name</c>).
    /// </summary>
    public bool IsAutomatic { get; init; }

    /// <summary>The managed Gateway API definitions are installed.</summary>
    public bool GatewayApi { get; init; }

    /// <summary>
    /// Object id of the identity that creates load balancers. Null for a service principal, whose rights are not checked.
    /// </summary>
    public string? PrincipalId { get; init; }

    /// <summary>Azure RBAC decides before the cluster's own roles (<c>aadProfile.enableAzureRBAC</c>).</summary>
    public bool AzureRbac { get; init; }

    /// <summary>Object ids of the Entra groups whose members administer the cluster (<c>aadProfile.adminGroupObjectIDs</c>).</summary>
    public IReadOnlyList<string> AdminGroups { get; init; } = [];

    /// <summary>The API server accepts clients of the virtual network only (<c>apiServerAccessProfile.enablePrivateCluster</c>).</summary>
    public bool Private { get; init; }

    /// <summary>The sources that the API server accepts (<c>apiServerAccessProfile.authorizedIPRanges</c>); empty: all.</summary>
    public IReadOnlyList<string> AuthorizedRanges { get; init; } = [];

    /// <summary>The cluster has a network policy engine (<c>networkProfile.networkPolicy</c> azure, calico or cilium).</summary>
    public bool EnforcesNetworkPolicies { get; init; }

    /// <summary>Nodes reach registries outside (<c>networkProfile.outboundType</c> is not none).</summary>
    public bool HasEgress { get; init; } = true;

    /// <summary><c>networkProfile.networkPlugin</c>: azure, kubenet or none.</summary>
    public string NetworkPlugin { get; init; } = "azure";

    /// <summary><c>networkProfile.ipFamilies</c>: the families of the addresses of nodes, pods and Services.</summary>
    public IReadOnlyList<string> IpFamilies { get; init; } = ["IPv4"];

    /// <summary>The add-on that reads key vaults. Null when it is disabled.</summary>
    public SecretsProviderShape? SecretsProvider { get; init; }

    /// <summary>The cluster keeps its objects and addresses, but runs no API server, controllers or data plane.</summary>
    public bool Stopped { get; init; }

    /// <summary>All node pools. By default the one pool of the record's parameters.</summary>
    public IReadOnlyList<NodePoolShape> Pools
    {
        get => field ?? [new NodePoolShape(NodePoolName, "System", NodeCount, VmSize, KubernetesVersion)];
        init;
    }
}

/// <param name="Mode">System or User.</param>
internal sealed record NodePoolShape(string Name, string Mode, int Count, string VmSize, string KubernetesVersion)
{
    /// <summary>Per node.</summary>
    public int MaxPods { get; init; } = 250;

    /// <summary>The nodes have the taint <c>CriticalAddonsOnly</c>, so that only AKS's own pods run there.</summary>
    public bool IsReserved { get; init; }

    /// <summary>The operating system: Ubuntu, AzureLinux, Windows2022 and so on.</summary>
    public string OsSku { get; init; } = "Ubuntu";
}

/// <param name="Revisions">One, or two during a canary upgrade: <c>asm-1-30</c>.</param>
internal sealed record MeshShape(IReadOnlyList<string> Revisions, bool ExternalGateway, bool InternalGateway)
{
    /// <summary>The name of the internal gateway's Service and Deployments.</summary>
    public const string InternalGatewayName = "aks-istio-ingressgateway-internal";
}

/// <summary>The Azure Key Vault provider for the Secrets Store CSI driver.</summary>
/// <param name="ClientId">Of its own identity.</param>
/// <param name="ObjectId">Of its own identity.</param>
/// <param name="RotationInterval">How often it reads vaults again; null: never.</param>
internal sealed record SecretsProviderShape(string ClientId, string ObjectId, TimeSpan? RotationInterval);
