using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// What the cloud provider has told the load balancer, by Service. A port of a Service is open only when the provider has accepted it.
/// </summary>
internal static class LoadBalancerNotes
{
    public const string Name = "load-balancer";
    public const string Ports = "ports";

    /// <returns>Ports such as <c>TCP 9000</c>; null where nothing is known.</returns>
    public static IReadOnlySet<string>? Of(JsonObject? notes, JsonObject service) =>
        notes?[$"{service.Namespace()}/{service.Name()}"] is JsonObject note && note.Text("uid") == service.Uid() && note.ContainsKey(Ports)
            ? note.Items(Ports).Select(port => port.ToString()).ToHashSet(StringComparer.Ordinal)
            : null;
}
