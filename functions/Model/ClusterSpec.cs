using System.Text.Json.Serialization;
using MeshPort.Validation;

namespace MeshPort.Model;

/// <summary>What should be true of a cluster. Made by <see cref="ClusterValidator"/>, which fills in the defaults.</summary>
public sealed record ClusterSpec
{
    public required string Location { get; init; }

    /// <summary>Null leaves the choice to AKS.</summary>
    public string? KubernetesVersion { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<FeatureSpec> Features { get; init; } = [];

    /// <summary>Null lets AKS manage the network.</summary>
    public NetworkSpec? Network { get; init; }

    public NetworkPlugin NetworkPlugin { get; init; } = NetworkPlugin.AzureOverlay;

    public Dataplane Dataplane { get; init; } = Dataplane.Azure;

    public NodePoolSpec NodePool { get; init; } = new();

    public MeshSpec Mesh { get; init; } = new();

    public AccessSpec Access { get; init; } = new();

    public Strategy Strategy { get; init; } = Strategy.ManagedService;

    public Connection Connection { get; init; } = Connection.Aks;

    public GatewayServicesSpec GatewayServices { get; init; } = GatewayServicesSpec.AddOns;
}

/// <param name="Deadline">How long registration may take.</param>
public sealed record FeatureSpec(string Name, string Namespace, OnNotFound OnNotFound, TimeSpan Deadline)
{
    public const string DefaultNamespace = "Microsoft.ContainerService";
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(30);
}

/// <param name="NetworkSecurityGroup">The name of the one that guards the subnet; null where the spec leaves that open.</param>
/// <param name="SubnetId">A subnet that exists, by its ARM id, in whatever resource group it is; the other fields are null then.</param>
public sealed record NetworkSpec(
    string? Vnet,
    string? AddressPrefix,
    string? Subnet,
    string? SubnetPrefix,
    string? NetworkSecurityGroup = null,
    string? SubnetId = null
);

public sealed record NodePoolSpec
{
    public const int DefaultCount = 2;

    public string Name { get; init; } = "nodepool1";

    public string VmSize { get; init; } = "Standard_D2s_v5";

    /// <summary>Null: <see cref="DefaultCount"/> for a new cluster, and whatever one that exists has.</summary>
    public int? Count { get; init; }
}

public sealed record MeshSpec
{
    /// <summary>Null takes the newest revision that fits the Kubernetes version, or AKS's default where that version is AKS's choice too.</summary>
    public string? Revision { get; init; }

    public IReadOnlyList<GatewayKind> Gateways { get; init; } = [GatewayKind.External];
}

public sealed record AccessSpec
{
    public bool LocalAccounts { get; init; }

    public IReadOnlyList<string> AdminGroupObjectIds { get; init; } = [];
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

/// <summary>How ports are opened on the load balancer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Strategy>))]
public enum Strategy
{
    /// <summary>A port on the add-on's own Service, as the walk-through does.</summary>
    [JsonStringEnumMemberName("managedService")]
    ManagedService,

    /// <summary>LoadBalancer Services of MeshPort's own that select the gateway's pods.</summary>
    [JsonStringEnumMemberName("companionService")]
    CompanionService,

    /// <summary>Gateways and routes of the Kubernetes Gateway API, where the cluster serves them.</summary>
    [JsonStringEnumMemberName("gatewayApi")]
    GatewayApi,
}
