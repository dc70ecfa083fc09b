namespace MeshPort.Model;

/// <summary>
/// An address of the spec that a gateway can have now, as the step of the gateways has found it. The ports of exposures follow it.
/// </summary>
/// <param name="Ip">Null while it is not known: for a public IP address that is not made yet, and where Azure chooses in a subnet.</param>
/// <param name="Hostname">The DNS name of a public IP address; null without one.</param>
/// <param name="PublicIp">The name of the public IP address; null for the internal gateway.</param>
/// <param name="ResourceGroup">The resource group of the public IP address.</param>
/// <param name="Subnet">The subnet of an internal address; null for the one of the nodes.</param>
/// <param name="PublicIpv6">The name of the public IP address of IPv6; null when AKS chooses it.</param>
/// <param name="Ipv6">Its number; null while it is not known.</param>
public sealed record ChosenAddress(
    GatewayKind Gateway,
    string? Ip,
    string? Hostname = null,
    string? PublicIp = null,
    string? ResourceGroup = null,
    string? Subnet = null,
    string? PublicIpv6 = null,
    string? Ipv6 = null
);
