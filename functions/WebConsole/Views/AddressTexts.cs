using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>The addresses of gateways as clients use them, one of each family. Pure.</summary>
internal static class AddressTexts
{
    /// <returns>Each address with the ports; only the ports while the gateway has no address.</returns>
    public static IReadOnlyList<string> Of(Resource<ExposureSpec> exposure)
    {
        var ports = PortRange.Tell(exposure.Spec.AllPorts);
        return NamedExposure.Of(exposure).Addresses.ToList() switch
        {
            [] => [$"port {ports}"],
            var all => [.. all.Select(address => $"{IpFamilies.Host(address.Ip)}:{ports}")],
        };
    }

    /// <summary>The addresses of a gateway with their DNS names.</summary>
    public static string Of(IEnumerable<GatewayAddress> addresses, GatewayKind gateway) =>
        addresses.Where(address => address.Gateway == gateway).ToList() switch
        {
            [] => "no address yet",
            var all => string.Join(", ", [.. all.Select(one => one.Ip), .. all.Select(one => one.Hostname).OfType<string>().Distinct()]),
        };
}
