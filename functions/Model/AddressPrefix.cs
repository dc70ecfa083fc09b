using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MeshPort.Model;

/// <summary>An IPv4 prefix in CIDR form with no host bits set.</summary>
internal readonly record struct AddressPrefix(uint Address, int Length)
{
    public static bool TryParse(string text, out AddressPrefix prefix)
    {
        prefix = default;
        if (
            !IPNetwork.TryParse(text, out var network)
            || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork
            || text != network.ToString()
        )
        {
            return false; // also for a text with host bits, which the parser clears
        }

        var bytes = network.BaseAddress.GetAddressBytes();
        prefix = new AddressPrefix(
            ((uint)bytes[0] << 24) | ((uint)bytes[1] << 16) | ((uint)bytes[2] << 8) | bytes[3],
            network.PrefixLength
        );
        return true;
    }

    public bool Contains(AddressPrefix other) =>
        other.Length >= Length && (Length == 0 || (other.Address >> (32 - Length)) == (Address >> (32 - Length)));

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Address >> 24}.{(Address >> 16) & 255}.{(Address >> 8) & 255}.{Address & 255}/{Length}"
        );
}
