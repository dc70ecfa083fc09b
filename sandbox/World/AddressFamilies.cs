using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MeshPort.Sandbox.World;

/// <summary>
/// The IP families of simulated addresses. An IPv6 address has its own IPv4 loopback address inside (<c>::ffff:127.20.0.9</c>), on which
/// the sandbox listens. Clients of both families therefore come from loopback addresses of IPv4.
/// </summary>
internal static class AddressFamilies
{
    private static readonly IPNetwork Mapped = IPNetwork.Parse("::ffff:0.0.0.0/96");
    private static readonly IPNetwork All = IPNetwork.Parse("0.0.0.0/0");

    public static bool IsIpv6(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6;

    public static bool IsIpv6(IPEndPoint endpoint) => IsIpv6(endpoint.Address);

    /// <summary>The endpoint on which the sandbox listens for a public one.</summary>
    public static IPEndPoint Listening(IPEndPoint endpoint) =>
        IsIpv6(endpoint) ? new IPEndPoint(endpoint.Address.MapToIPv4(), endpoint.Port) : endpoint;

    /// <summary>A client as it looks to the layers behind an address.</summary>
    public static IPAddress Client(IPAddress client, IPAddress destination) =>
        IsIpv6(destination) ? client.MapToIPv6() : client.MapToIPv4();

    /// <summary>The loopback range of IPv4 that stands for a range of a family; null for a range without such clients.</summary>
    /// <param name="isIpv6">The family of the destination: a packet has one family.</param>
    public static IPNetwork? Range(IPNetwork range, bool isIpv6) =>
        IsIpv6(range.BaseAddress) != isIpv6 ? null
        : !isIpv6 ? range
        : range.PrefixLength <= Mapped.PrefixLength ? (Holds(range, Mapped.BaseAddress) ? All : null)
        : Holds(Mapped, range.BaseAddress) ? new IPNetwork(range.BaseAddress.MapToIPv4(), range.PrefixLength - Mapped.PrefixLength)
        : null;

    /// <summary>
    /// Whether a range holds an address of its family. <see cref="IPNetwork.Contains"/> compares an IPv4-mapped address as one of IPv4,
    /// also with a range of IPv6 (dotnet/runtime #131861).
    /// </summary>
    public static bool Holds(IPNetwork range, IPAddress address) =>
        range.BaseAddress.AddressFamily == address.AddressFamily
        && (
            range.PrefixLength == 0
            || (
                IsIpv6(address)
                    ? (Bits(range.BaseAddress) ^ Bits(address)) >> (128 - range.PrefixLength) == UInt128.Zero
                    : range.Contains(address)
            )
        );

    private static UInt128 Bits(IPAddress address) => BinaryPrimitives.ReadUInt128BigEndian(address.GetAddressBytes());
}
