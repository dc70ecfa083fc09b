using System.Globalization;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>The names of objects, ports and listeners that MeshPort makes in a cluster.</summary>
internal static class ObjectNames
{
    /// <summary>The name of the objects of an exposure, or of a backend's rule.</summary>
    public static string Of(string name) => $"meshport-{name}";

    /// <summary>
    /// The name of the route of a single port. The names of exposures have no dot, so no other exposure has it. The first port keeps the
    /// name when others are added.
    /// </summary>
    public static string OfPart(NamedExposure part) =>
        part.FirstPort is { } first && first != part.Spec.Port
            ? string.Create(CultureInfo.InvariantCulture, $"{Of(part.Name)}.{part.Spec.Port}")
            : Of(part.Name);

    /// <summary>The name of a port of a Service and of an Istio server. Istio takes the protocol from its prefix.</summary>
    public static string Port(int port) => string.Create(CultureInfo.InvariantCulture, $"tcp-{port}");

    /// <summary>
    /// The name of a Gateway API listener. A port has one listener; TLSRoutes choose among its connections by server name.
    /// </summary>
    public static string Listener(ExposureSpec spec) =>
        string.Create(CultureInfo.InvariantCulture, $"{spec.Protocol.ToString().ToLowerInvariant()}-{spec.Port}");
}
