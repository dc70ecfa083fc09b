using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Which ports Azure's load balancer does not serve, so that connecting gets no answer: those that annotations leave out, and those whose probe fails on every node
/// (domain facts, section 6). That a node is probed every so often, and found out late, is not imitated.
/// </summary>
internal static class HealthProbes
{
    /// <param name="pod">A ready pod behind the Service; null when there is none.</param>
    public static bool IsUnserved(JsonObject service, JsonNode port, JsonObject? pod) =>
        Annotation(service, port, "no_lb_rule") == "true"
        || (Annotation(service, port, "no_probe_rule") != "true" && IsDown(service, port, pod));

    private static bool IsDown(JsonObject service, JsonNode port, JsonObject? pod)
    {
        if (service.Text("spec", "externalTrafficPolicy") == "Local")
        {
            return pod is null; // kube-proxy's own page, at healthCheckNodePort: a node without a pod is passed over
        }

        // Gateways do not answer GET / on a port that is not HTTP.
        var protocol = Annotation(service, port, "health-probe_protocol") ?? port.Text("appProtocol");
        return pod is not null
            && Images.IsGateway(Workloads.Image(pod))
            && protocol?.ToLowerInvariant() is ("http" or "https")
            && Annotation(service, port, "health-probe_port") is null;
    }

    private static string? Annotation(JsonObject service, JsonNode port, string name) =>
        FrontendRules.Annotation(service, $"port_{port.Number("port")}_{name}");
}
