using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The way by which connections of nodes and pods leave a cluster (<c>networkProfile.outboundType</c>).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutboundType>))]
public enum OutboundType
{
    /// <summary>A public address of the cluster's load balancer.</summary>
    [JsonStringEnumMemberName("loadBalancer")]
    LoadBalancer,

    /// <summary>A NAT gateway of AKS, in a network of AKS.</summary>
    [JsonStringEnumMemberName("managedNATGateway")]
    ManagedNatGateway,

    /// <summary>The NAT gateway of the nodes' subnet.</summary>
    [JsonStringEnumMemberName("userAssignedNATGateway")]
    UserAssignedNatGateway,

    /// <summary>The default route of the route table of the nodes' subnet.</summary>
    [JsonStringEnumMemberName("userDefinedRouting")]
    UserDefinedRouting,

    /// <summary>None by AKS. Nodes pull AKS's images from a container registry of AKS in their network.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
