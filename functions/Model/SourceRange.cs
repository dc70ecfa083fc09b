using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MeshPort.Model;

/// <summary>Normalizes address ranges of clients in CIDR form, IPv4 or IPv6, so that equal lists are equal texts.</summary>
internal static class SourceRange
{
    /// <summary>The normal form: a single address gets its prefix length, an IPv6 address its short form.</summary>
    /// <param name="problem">The error; null when the text is a range.</param>
    public static string Normalize(string text, out string? problem)
    {
        problem = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        if (
            !IPAddress.TryParse(host, out var address)
            || (address.AddressFamily == AddressFamily.InterNetwork && host != address.ToString())
            || host.Contains('%', StringComparison.Ordinal)
        )
        {
            problem = $"'{text}' is not an address range. Write a range such as 203.0.113.0/24 or 2001:db8::/32.";
            return text;
        }

        var longest = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = longest;
        if (
            slash >= 0
            && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > longest)
        )
        {
            problem = $"'{text}' has no prefix length from 0 to {longest}. Write a range such as 203.0.113.0/24 or 2001:db8::/32.";
            return text;
        }

        var range = new IPNetwork(address, length); // clears the bits after the prefix
        var whole = range.ToString();
        if (!range.BaseAddress.Equals(address))
        {
            problem =
                $"'{text}' has bits set after its prefix length. Write {whole} for the range, or {address}/{longest} for the address.";
        }

        return whole;
    }
}
