using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Ports that Azure's load balancer does not serve, so that a connection attempt gets no answer: ports that annotations exclude, and ports
/// whose probe fails on every node (domain facts, section 6). Probe intervals and their delay are not simulated.
/// </summary>
internal static class HealthProbes
{
    /// <param name="pod">A ready pod of the Service. Null when the Service has no ready pod.</param>
    public static bool IsUnserved(JsonObject service, JsonNode port, JsonObject? pod) =>
        Annotation(service, port, "no_lb_rule") == "true"
        || (Annotation(service, port, "no_probe_rule") != "true" && IsDown(service, port, pod));

    private static bool IsDown(JsonObject service, JsonNode port, JsonObject? pod)
    {
        if (service.Text("spec", "externalTrafficPolicy") == "Local")
        {
            return pod is null; // kube-proxy's page at healthCheckNodePort: the load balancer skips a node without a pod
        }

        // Gateways do not answer GET / on a port that is not HTTP.
        var protocol =
            Annotation(service, port, "health-probe_protocol")
            ?? port.Text("appProtocol")
            ?? FrontendRules.Annotation(service, "azure-load-balancer-health-probe-protocol");
        return pod is not null
            && Images.IsGateway(Workloads.Image(pod))
            && protocol?.ToLowerInvariant() is ("http" or "https")
            && Annotation(service, port, "health-probe_port") is null;
    }

    private static string? Annotation(JsonObject service, JsonNode port, string name) =>
        FrontendRules.Annotation(service, $"port_{port.Number("port")}_{name}");
}
