using System.Globalization;
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
        HasNoRule(service, $"{port.Number("port")}")
        || (Annotation(service, port, "no_probe_rule") != "true" && IsDown(service, port, pod));

    /// <summary>Whether an annotation says that the load balancer has no rule for the port.</summary>
    public static bool HasNoRule(JsonObject service, string port) => FrontendRules.Annotation(service, $"port_{port}_no_lb_rule") == "true";

    /// <summary>
    /// The port of the nodes that is probed (cloud-provider-azure, azure_loadbalancer_healthprobe.go): the one that an annotation names,
    /// which is the node port of another port of the Service, or a number; with traffic policy Local healthCheckNodePort; else the node
    /// port.
    /// </summary>
    /// <returns>Null when nothing is probed.</returns>
    public static int? Port(JsonObject service, JsonNode port) =>
        Annotation(service, port, "no_probe_rule") == "true" ? null
        : Annotation(service, port, "health-probe_port") is { } named ? Named(service, named)
        : (int?)(IsLocal(service) ? service.Number("spec", "healthCheckNodePort") : port.Number("nodePort"));

    private static int? Named(JsonObject service, string named) =>
        service.Items("spec", "ports").FirstOrDefault(port => IsName(port, named) || $"{port.Number("port")}" == named) is { } other
            ? (int?)other.Number("nodePort")
        : int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    /// <summary>The cloud provider ignores the case of names.</summary>
    private static bool IsName(JsonNode port, string name) => name.Equals(port.Text("name"), StringComparison.OrdinalIgnoreCase);

    private static bool IsLocal(JsonObject service) => service.Text("spec", "externalTrafficPolicy") == "Local";

    private static bool IsDown(JsonObject service, JsonNode port, JsonObject? pod)
    {
        if (IsLocal(service))
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

    /// <summary>The reason why the cloud provider refuses the probe of a port. Null when it accepts it.</summary>
    public static string? Invalid(JsonObject service, JsonNode port) =>
        HasNoRule(service, $"{port.Number("port")}") || Annotation(service, port, "no_probe_rule") == "true"
            ? null
            : InvalidPort(service, port) ?? InvalidTimes(service, port);

    private static string? InvalidPort(JsonObject service, JsonNode port)
    {
        const string Name = "health-probe_port";
        var named = Annotation(service, port, Name);
        var problem =
            named is null || service.Items("spec", "ports").Any(other => IsName(other, named)) ? null
            : !int.TryParse(named, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? $"port {named} not found in service"
            : number is < 0 or > ushort.MaxValue ? $"port {number} is out of range"
            : null;
        return problem is null
            ? null
            : $"failed to parse annotation service.beta.kubernetes.io/port_{port.Number("port")}_{Name}: {problem}";
    }

    private static string? InvalidTimes(JsonObject service, JsonNode port)
    {
        var interval = Setting(service, port, "interval", 5);
        var probes = Setting(service, port, "num-of-probe", 2);
        return interval is null || probes is null ? "health probe interval and num-of-probe must be numbers"
            : interval < 5 ? "the minimum value of health probe interval is 5"
            : probes < 2 ? "the minimum value of health probe num-of-probe is 2"
            : interval * probes >= 120 ? "total probe should be less than 120, please adjust interval and number of probe accordingly"
            : null;
    }

    /// <summary>The annotation of the port, or else of the Service.</summary>
    private static long? Setting(JsonObject service, JsonNode port, string name, long usual) =>
        (Annotation(service, port, $"health-probe_{name}") ?? FrontendRules.Annotation(service, $"azure-load-balancer-health-probe-{name}"))
            is not { } text
            ? usual
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    private static string? Annotation(JsonObject service, JsonNode port, string name) =>
        FrontendRules.Annotation(service, $"port_{port.Number("port")}_{name}");
}
