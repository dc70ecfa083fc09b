using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// The ports of the add-on's Services that MeshPort is about to open (<see cref="ManagedServicePorts"/>), pure. Where only a security group
/// keeps others out of them, it must do so before (ADR 6). Ports of others stay as they are, so no rule may deny them.
/// <code>
/// Service                                          | TCP port of the Service | new | MeshPort's
/// -------------------------------------------------+-------------------------+-----+-----------
/// missing, being deleted, of another installation, | any                     | no  | no
/// or without an address                            |                         |     |
/// any other                                        | absent                  | yes | yes
/// any other                                        | MeshPort's              | no  | yes
/// any other                                        | of others               | no  | no
/// </code>
/// </summary>
/// <param name="installation">The installation that owns the ports.</param>
internal sealed class NewPorts(ClusterSpec spec, ClusterObjects objects, string installation)
{
    private readonly Dictionary<GatewayKind, JsonObject> _services = Enum.GetValues<GatewayKind>()
        .Select(gateway => (Gateway: gateway, Service: SharedPort.Service(spec, gateway, objects)))
        .Where(one => one.Service is { } service && IsUsable(service, installation))
        .ToDictionary(one => one.Gateway, one => one.Service!); // just checked

    /// <summary>MeshPort's ports that are open, whoever wants them, as exposures without a name.</summary>
    public IEnumerable<NamedExposure> Open =>
        from service in _services
        from port in PortOwners.Ports(service.Value)
        where service.Value.ServicePorts().Any(found => found.PortNumber() == port && found.IsTcp())
        select At(
            new NamedExposure(
                "",
                0,
                new ExposureSpec
                {
                    OnlyPort = port,
                    Gateway = service.Key,
                    Backends = [],
                }
            ),
            service.Value
        );

    /// <returns>The exposure at the address of its Service, with the ports that are MeshPort's then; null when it opens no port.</returns>
    public NamedExposure? Opening(NamedExposure exposure) =>
        _services.TryGetValue(exposure.Spec.Gateway, out var service) && exposure.Only(port => IsAbsent(service, port)) is not null
            ? Own(exposure) is { } own
                ? At(own, service)
                : null
            : null;

    /// <returns>The exposure without the ports of others; null when it has no port left.</returns>
    public NamedExposure? Own(NamedExposure exposure) =>
        _services.TryGetValue(exposure.Spec.Gateway, out var service)
            ? exposure.Only(port => IsAbsent(service, port) || PortOwners.Ports(service).Contains(port))
            : null;

    private static bool IsAbsent(JsonObject service, int port) =>
        port != GatewayPort.Shared && !service.ServicePorts().Any(found => found.PortNumber() == port && found.IsTcp());

    private static bool IsUsable(JsonObject service, string installation) =>
        !Terminating.IsOne(service)
        && PortAdoption.OtherInstallation(service, installation) is null
        && LoadBalancer.Address(service) is not null;

    private static NamedExposure At(NamedExposure exposure, JsonObject service) =>
        exposure.At([
            .. Enum.GetValues<IpFamily>()
                .Select(family => LoadBalancer.Address(service, family))
                .OfType<string>()
                .Select(ip => new GatewayAddress(exposure.Spec.Gateway, ip)),
        ]);
}
