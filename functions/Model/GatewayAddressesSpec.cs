using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The addresses that the gateways of an AKS cluster get; null leaves the address of a gateway to AKS.</summary>
public sealed record GatewayAddressesSpec(PublicAddressSpec? External = null, PrivateAddressSpec? Internal = null)
{
    public static readonly GatewayAddressesSpec None = new();
}

/// <param name="PublicIp">The name of a public IP address. MeshPort makes one that does not exist. Null: CLUSTER-external.</param>
/// <param name="ResourceGroup">The resource group of the public IP address; null for the one of the cluster.</param>
/// <param name="PublicIpPrefix">The ARM id of an existing prefix that contains the address; null for any address of Azure.</param>
/// <param name="DnsLabel">
/// The first part of the name <c>LABEL.LOCATION.cloudapp.azure.com</c> of the address. Null leaves it as it is.
/// </param>
/// <param name="PublicIpv6">
/// The name of a public IP address of IPv6, of a dual-stack cluster. MeshPort makes one that does not exist. Null leaves it to AKS.
/// </param>
public sealed record PublicAddressSpec(
    string? PublicIp,
    string? ResourceGroup,
    string? PublicIpPrefix,
    string? DnsLabel,
    string? PublicIpv6 = null
)
{
    /// <summary>The public IP address of IPv6 by itself; null without one. Prefix and label are those of IPv4.</summary>
    [JsonIgnore]
    public PublicAddressSpec? OfIpv6 =>
        PublicIpv6 is null ? null : this with { PublicIp = PublicIpv6, PublicIpPrefix = null, DnsLabel = null, PublicIpv6 = null };
}

/// <param name="Ipv4">A free address of the subnet; null lets Azure choose one.</param>
/// <param name="Subnet">The name of a subnet in the virtual network of the nodes; null for the subnet of the nodes.</param>
public sealed record PrivateAddressSpec(string? Ipv4, string? Subnet);
