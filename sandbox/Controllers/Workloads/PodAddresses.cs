using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>The addresses of a pod. IPv6 is in AKS's default range, fd12:3456:789a::/64, and follows from IPv4.</summary>
internal static class PodAddresses
{
    /// <summary>The field <c>status.podIPs</c>.</summary>
    public static JsonArray Of(string ipv4, bool isDualStack)
    {
        var addresses = new JsonArray(new JsonObject { ["ip"] = ipv4 });
        if (isDualStack && IPAddress.TryParse(ipv4, out var address))
        {
            var bytes = address.GetAddressBytes();
            var ipv6 = string.Create(CultureInfo.InvariantCulture, $"fd12:3456:789a::{bytes[2] + 1:x}:{bytes[3]:x}");
            addresses.Add(new JsonObject { ["ip"] = ipv6 });
        }

        return addresses;
    }
}
