using System.Net;
using System.Net.Sockets;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>CIDR prefixes and their relations.</summary>
internal static class AddressPrefixes
{
    public static IPNetwork Parse(string text, string owner) =>
        IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(IPAddress.Parse(text.Split('/')[0]))
            ? network
            : throw new ArmException(
                400,
                "InvalidAddressPrefixFormat",
                $"Address prefix {text} of resource {owner} has invalid format. It must be CIDR with no bits set beyond the prefix length."
            )
            {
                ByProvider = true,
            };

    /// <summary>Also accepts an address without a length.</summary>
    public static bool TryParse(string text, out IPNetwork network) =>
        IPNetwork.TryParse(text, out network)
        || (
            IPAddress.TryParse(text, out var single)
            && IPNetwork.TryParse($"{single}/{(single.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}", out network)
        );

    /// <summary>An address, or a prefix without bits beyond its length. Addresses of IPv4 have four numbers.</summary>
    public static bool TryParseExact(string text, out IPNetwork network)
    {
        network = default;
        var address = text.Split('/')[0];
        return (address.Contains(':', StringComparison.Ordinal) || address.Count(character => character == '.') == 3)
            && IPAddress.TryParse(address, out var written)
            && TryParse(text, out network)
            && network.BaseAddress.Equals(written);
    }

    public static bool Overlap(IPNetwork one, IPNetwork other) => one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress);

    public static bool Contains(IPNetwork outer, IPNetwork inner) =>
        outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);

    /// <summary>Also accepts a prefix without a length. A prefix matches addresses of its family only.</summary>
    public static bool Matches(string prefix, IPAddress address) =>
        !prefix.Contains('/', StringComparison.Ordinal) // the parser of IPv6 addresses ignores a length
            ? IPAddress.TryParse(prefix, out var single) && single.Equals(address)
            : IPNetwork.TryParse(prefix, out var network) && AddressFamilies.Holds(network, address);
}
