using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Kubernetes;

namespace MeshPort.Gateways;

/// <summary>
/// The port of the nodes at which Azure's load balancer probes for a port of a Service, pure (cloud-provider-azure,
/// azure_loadbalancer_healthprobe.go; domain facts, section 6).
/// <code>
/// Service                        | port of the nodes
/// -------------------------------+------------------------------------------------------
/// has no probe (annotation)      | none
/// names a port in its annotation | the node port of that port, or, without one, that port
/// externalTrafficPolicy Local    | healthCheckNodePort
/// else                           | the node port
/// </code>
/// </summary>
internal static class ProbedPort
{
    public static string Annotation(int port) => $"service.beta.kubernetes.io/port_{port}_health-probe_port";

    /// <summary>Whether the load balancer probes for a port; otherwise it sends to all nodes.</summary>
    public static bool IsProbed(JsonObject service, int port) =>
        service.Annotation($"service.beta.kubernetes.io/port_{port}_no_probe_rule") != "true";

    /// <returns>Null where the Service has no such port yet.</returns>
    public static int? Of(JsonObject service, int port) =>
        service.Annotation(Annotation(port)) is { } named ? OfAnnotation(service, named)
        : TrafficPolicy.IsLocal(service) ? Number(service["spec"]?["healthCheckNodePort"])
        : Number(service.ServicePorts().FirstOrDefault(found => found.PortNumber() == port && found.IsTcp())?["nodePort"]);

    private static int? OfAnnotation(JsonObject service, string named) =>
        service
            .ServicePorts()
            .FirstOrDefault(port => named.Equals($"{port["name"]}", StringComparison.OrdinalIgnoreCase) || $"{port["port"]}" == named)
            is { } other
            ? Number(other["nodePort"])
        : int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port
        : null;

    private static int? Number(JsonNode? value) => value?.GetValue<int>() is int number and > 0 ? number : null;
}
