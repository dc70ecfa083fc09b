using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The desired state of a cluster. The validator fills in the defaults.</summary>
public sealed record ClusterSpec
{
    /// <summary>The identity that Azure makes and deletes together with the cluster.</summary>
    public const string SystemIdentity = "system";

    public required string Location { get; init; }

    public ClusterSku Sku { get; init; } = ClusterSku.Base;

    /// <summary>Null: AKS chooses.</summary>
    public string? KubernetesVersion { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<FeatureSpec> Features { get; init; } = [];

    /// <summary>Null: AKS manages the network.</summary>
    public NetworkSpec? Network { get; init; }

    public NetworkPlugin NetworkPlugin { get; init; } = NetworkPlugin.AzureOverlay;

    public Dataplane Dataplane { get; init; } = Dataplane.Azure;

    /// <summary>The families of the addresses of nodes, pods and gateways. IPv4 is always the first.</summary>
    public IReadOnlyList<IpFamily> IpFamilies { get; init; } = [IpFamily.IPv4];

    public NodePoolSpec NodePool { get; init; } = new();

    /// <summary>Node pools beside <see cref="NodePool"/>. Pools of others are left alone.</summary>
    public IReadOnlyList<FurtherNodePoolSpec> NodePools { get; init; } = [];

    public MeshSpec Mesh { get; init; } = new();

    public AccessSpec Access { get; init; } = new();

    /// <summary>Null: <see cref="ClusterTier.Free"/> for a new cluster, and unchanged for an existing one.</summary>
    public ClusterTier? Tier { get; init; }

    public UpgradesSpec Upgrades { get; init; } = new();

    public MaintenanceSpec Maintenance { get; init; } = new();

    /// <summary>Null leaves it to AKS.</summary>
    public bool? OidcIssuer { get; init; }

    /// <summary>Null leaves it to AKS. True switches the OIDC issuer on.</summary>
    public bool? WorkloadIdentity { get; init; }

    /// <summary>
    /// Whether the cluster has the add-on Azure Key Vault provider for Secrets Store CSI Driver. Exposures with a certificate of a vault
    /// need it. Null leaves it as it is.
    /// </summary>
    public bool? KeyVaultSecretsProvider { get; init; }

    /// <summary>Null: <see cref="OutboundType.LoadBalancer"/> for a new cluster, and unchanged for an existing one.</summary>
    public OutboundType? OutboundType { get; init; }

    /// <summary>
    /// The ARM id of a user-assigned identity, or <see cref="SystemIdentity"/>. Null: the system-assigned one for a new cluster, and
    /// unchanged for an existing one.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary>
    /// Properties of the managed cluster (Microsoft.ContainerService 2026-03-01) that this record does not name. Those that are absent stay
    /// as they are.
    /// </summary>
    public JsonObject? Extra { get; init; }

    public Strategy Strategy { get; init; } = Strategy.ManagedService;

    public Connection Connection { get; init; } = Connection.Aks;

    public GatewayServicesSpec GatewayServices { get; init; } = GatewayServicesSpec.AddOns;

    /// <summary>
    /// The namespace of the Gateways of strategy gatewayApi, in which Istio runs their pods. Null: that of the gateways of the add-on.
    /// </summary>
    public string? GatewayNamespace { get; init; }

    public GatewayAddressesSpec GatewayAddresses { get; init; } = GatewayAddressesSpec.None;

    /// <summary>Null: annotations of Services ask for nothing.</summary>
    public DiscoverSpec? Discover { get; init; }

    [JsonIgnore]
    public bool IsAutomatic => Sku == ClusterSku.Automatic;

    /// <summary>Whether gateways have addresses of both families.</summary>
    [JsonIgnore]
    public bool IsDualStack => IpFamilies.Count > 1;

    /// <summary>Null when <see cref="Identity"/> names none.</summary>
    [JsonIgnore]
    public string? UserAssignedIdentity => Identity is SystemIdentity ? null : Identity;
}

/// <param name="Deadline">The longest time that registration may take.</param>
public sealed record FeatureSpec(string Name, string Namespace, OnNotFound OnNotFound, TimeSpan Deadline)
{
    public const string DefaultNamespace = "Microsoft.ContainerService";
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(30);
}

/// <param name="NetworkSecurityGroup">The name of the security group of the subnet; null when the spec does not name it.</param>
/// <param name="SubnetId">The ARM id of an existing subnet in any resource group; the other fields are null then.</param>
/// <param name="Ipv6AddressPrefix">The IPv6 address space of the virtual network; null without IPv6.</param>
/// <param name="Ipv6SubnetPrefix">The IPv6 prefix of the subnet; null without IPv6.</param>
public sealed record NetworkSpec(
    string? Vnet,
    string? AddressPrefix,
    string? Subnet,
    string? SubnetPrefix,
    string? NetworkSecurityGroup = null,
    string? SubnetId = null,
    string? Ipv6AddressPrefix = null,
    string? Ipv6SubnetPrefix = null
);

/// <summary>The channels by which AKS upgrades a cluster and the images of its nodes; null leaves one as it is.</summary>
public sealed record UpgradesSpec
{
    public UpgradeChannel? Channel { get; init; }

    public NodeOsChannel? NodeOsChannel { get; init; }
}

public sealed record MeshSpec
{
    /// <summary>Null: the newest revision for the Kubernetes version, or AKS's default when AKS chooses that version, too.</summary>
    public string? Revision { get; init; }

    public IReadOnlyList<GatewayKind> Gateways { get; init; } = [GatewayKind.External];
}

/// <summary>The pricing tier, which decides about the uptime SLA.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClusterTier>))]
public enum ClusterTier
{
    [JsonStringEnumMemberName("free")]
    Free,

    [JsonStringEnumMemberName("standard")]
    Standard,

    [JsonStringEnumMemberName("premium")]
    Premium,
}

[JsonConverter(typeof(JsonStringEnumConverter<UpgradeChannel>))]
public enum UpgradeChannel
{
    [JsonStringEnumMemberName("none")]
    None,

    [JsonStringEnumMemberName("patch")]
    Patch,

    [JsonStringEnumMemberName("stable")]
    Stable,

    [JsonStringEnumMemberName("rapid")]
    Rapid,

    [JsonStringEnumMemberName("node-image")]
    NodeImage,
}

[JsonConverter(typeof(JsonStringEnumConverter<NodeOsChannel>))]
public enum NodeOsChannel
{
    None,
    Unmanaged,
    NodeImage,
    SecurityPatch,
}

[JsonConverter(typeof(JsonStringEnumConverter<OnNotFound>))]
public enum OnNotFound
{
    [JsonStringEnumMemberName("skip")]
    Skip,

    [JsonStringEnumMemberName("fail")]
    Fail,
}

[JsonConverter(typeof(JsonStringEnumConverter<NetworkPlugin>))]
public enum NetworkPlugin
{
    [JsonStringEnumMemberName("azure-overlay")]
    AzureOverlay,

    [JsonStringEnumMemberName("azure")]
    Azure,

    [JsonStringEnumMemberName("kubenet")]
    Kubenet,
}

[JsonConverter(typeof(JsonStringEnumConverter<Dataplane>))]
public enum Dataplane
{
    [JsonStringEnumMemberName("azure")]
    Azure,

    [JsonStringEnumMemberName("cilium")]
    Cilium,
}

[JsonConverter(typeof(JsonStringEnumConverter<GatewayKind>))]
public enum GatewayKind
{
    [JsonStringEnumMemberName("external")]
    External,

    [JsonStringEnumMemberName("internal")]
    Internal,
}

/// <summary>The way to open ports on the load balancer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Strategy>))]
public enum Strategy
{
    /// <summary>Adds ports to the Service of the Istio add-on, as the walk-through does.</summary>
    [JsonStringEnumMemberName("managedService")]
    ManagedService,

    /// <summary>Creates LoadBalancer Services that select the pods of the gateway.</summary>
    [JsonStringEnumMemberName("companionService")]
    CompanionService,

    /// <summary>Creates Gateways and routes of the Kubernetes Gateway API, if the cluster serves it.</summary>
    [JsonStringEnumMemberName("gatewayApi")]
    GatewayApi,
}
