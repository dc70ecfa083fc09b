using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Gateways;

/// <summary>
/// Whether an exposure can take over its port of the gateway's own Service, pure (ADR 14). The routes ask before they release anything of
/// others, since nobody restores it when the port is refused afterwards. The first row that fits counts:
/// <code>
/// the gateway's own Service                              | obstacle
/// -------------------------------------------------------+---------
/// missing, or of another strategy than managedService    | none
/// has ports of another installation                      | yes
/// has the port, MeshPort's                               | none
/// has the port, of others, with MeshPort's target        | none
/// has the port, of others, with another target           | yes
/// lacks the port, and another port has MeshPort's name   | yes
/// lacks the port                                         | none
/// </code>
/// </summary>
internal static class PortAdoption
{
    /// <returns>The rest of a sentence; null where the port is no obstacle.</returns>
    public static string? FindObstacle(ExposureSpec exposure, ClusterSpec spec, ClusterObjects objects)
    {
        if (spec.Strategy != Strategy.ManagedService || SharedPort.Service(spec, exposure.Gateway, objects) is not { } service)
        {
            return null;
        }

        if (OtherInstallation(service, objects.Installation) is { } other)
        {
            return $"Service {service.Name()} has ports of {DesiredObjects.TellInstallation(other, objects.Installation)}";
        }

        if (Find(service, exposure.Port) is not { } port)
        {
            return HasItsName(service, exposure.Port)
                ? $"another port of Service {service.Name()} has the name {ObjectNames.Port(exposure.Port)}"
                : null;
        }

        return !SharedPort.IsApplied(port, service) && Difference(service, exposure.Port) is { } difference
            ? $"port {exposure.Port} of Service {service.Name()} differs: {difference}"
            : null;
    }

    /// <returns>How a port of others differs from MeshPort's: the rest of a sentence; null when it means the same.</returns>
    public static string? Difference(JsonObject service, int number)
    {
        var port = Find(service, number);
        var target = $"{port?["targetPort"] ?? port?["port"]}";
        return port is null ? "the Service has no such port"
            : target != $"{GatewayPort.Target(number)}" ? $"its target port is {target}, not {GatewayPort.Target(number)}"
            : null;
    }

    /// <summary>The other installation that has ports on the Service; null without one.</summary>
    public static string? OtherInstallation(JsonObject service, string installation) =>
        service.Annotation(Installation.Annotation) is { } other && other != installation ? other : null;

    /// <summary>
    /// Whether another port has the name of this one. Kubernetes would refuse the whole list, with the ports of all exposures.
    /// </summary>
    public static bool HasItsName(JsonObject service, int port) =>
        service
            .ServicePorts()
            .Any(other => other["name"]?.GetValue<string>() == ObjectNames.Port(port) && !(other.PortNumber() == port && other.IsTcp()));

    private static JsonObject? Find(JsonObject service, int number) =>
        service.ServicePorts().FirstOrDefault(port => port.PortNumber() == number && port.IsTcp());
}
