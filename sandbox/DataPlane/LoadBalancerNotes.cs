using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// By Service, the ports that the cloud provider has accepted for the load balancer. Other ports of the Service are closed.
/// </summary>
internal static class LoadBalancerNotes
{
    public const string Name = "load-balancer";
    public const string Ports = "ports";

    /// <summary>The ports that the Service asks for, such as <c>TCP 9000</c>.</summary>
    public static IEnumerable<string> PortsOf(JsonObject service) =>
        service.Items("spec", "ports").Select(port => $"{port.Text("protocol") ?? "TCP"} {port.Number("port")}");

    /// <returns>Ports such as <c>TCP 9000</c>; null where nothing is known.</returns>
    public static IReadOnlySet<string>? Of(JsonObject? notes, JsonObject service) =>
        notes?[$"{service.Namespace()}/{service.Name()}"] is JsonObject note && note.Text("uid") == service.Uid() && note.ContainsKey(Ports)
            ? note.Items(Ports).Select(port => port.ToString()).ToHashSet(StringComparer.Ordinal)
            : null;
}
