using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>Cells that combine several fields.</summary>
internal static class Cells
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static string? ExternalAddress(JsonObject body)
    {
        var external = body.Items("spec", "externalIPs").Select(address => address.ToString());
        var balanced = body.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("ip") ?? entry.Text("hostname") ?? "");
        return (body.Text("spec", "type"), string.Join(',', balanced.Concat(external))) switch
        {
            ("ExternalName", _) => body.Text("spec", "externalName"),
            (_, { Length: > 0 } addresses) => addresses,
            ("LoadBalancer", _) => "<pending>",
            _ => null,
        };
    }

    public static string? ServicePorts(JsonObject body) =>
        string.Join(
            ',',
            body.Items("spec", "ports")
                .Select(port =>
                    $"{port.Number("port")}{(port.Number("nodePort") is { } node and > 0 ? $":{node}" : "")}/{port.Text("protocol")}"
                )
        )
            is { Length: > 0 } ports
            ? ports
            : null;

    public static string? PodStatus(JsonObject body) =>
        body.Text("metadata", "deletionTimestamp") is not null
            ? "Terminating"
            : body.Items("status", "containerStatuses")
                .Select(status => status.Text("state", "waiting", "reason") ?? status.Text("state", "terminated", "reason"))
                .FirstOrDefault(reason => reason is not null)
                ?? body.Text("status", "reason")
                ?? body.Text("status", "phase");

    public static JsonNode? Restarts(JsonObject body, DateTimeOffset now)
    {
        var restarts = body.Items("status", "containerStatuses").Sum(status => status.Number("restartCount") ?? 0);
        var last = body.Items("status", "containerStatuses")
            .Select(status => status.Text("lastState", "terminated", "finishedAt"))
            .OfType<string>()
            .Max(StringComparer.Ordinal);
        return restarts > 0 && last is not null ? $"{restarts} ({HumanTime.Since(last, now)} ago)" : $"{restarts}";
    }

    public static string NodeStatus(JsonObject body)
    {
        var ready = body.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == "Ready").Text("status") switch
        {
            "True" => "Ready",
            null => "Unknown",
            _ => "NotReady",
        };
        return body.Flag("spec", "unschedulable") == true ? $"{ready},SchedulingDisabled" : ready;
    }

    public static string? NodeRoles(JsonObject body)
    {
        var labels = body.Strings("metadata", "labels");
        var roles = labels
            .Keys.Where(label => label.StartsWith(RolePrefix, StringComparison.Ordinal))
            .Select(label => label[RolePrefix.Length..])
            .Concat(labels.TryGetValue("kubernetes.io/role", out var role) ? [role] : []);
        return string.Join(',', roles.Where(name => name.Length > 0).Order(StringComparer.Ordinal)) is { Length: > 0 } all ? all : null;
    }

    public static string? NodeAddress(JsonObject body, string type) =>
        body.Items("status", "addresses").FirstOrDefault(address => address.Text("type") == type).Text("address");

    public static string? Endpoints(JsonObject body) =>
        FirstThree(
            body.Items("subsets")
                .SelectMany(subset =>
                    subset
                        .Items("ports")
                        .SelectMany(port => subset.Items("addresses").Select(address => $"{address.Text("ip")}:{port.Number("port")}"))
                )
        );

    public static string? FirstThree(IEnumerable<string> all)
    {
        var texts = all.ToArray();
        return texts.Length switch
        {
            0 => null,
            <= 3 => string.Join(',', texts),
            _ => $"{string.Join(',', texts.Take(3))} + {texts.Length - 3} more...",
        };
    }

    public static string? ScalerTargets(JsonObject body) =>
        string.Join(
            ", ",
            body.Items("spec", "metrics")
                .Select(metric =>
                {
                    var name = metric.Text("resource", "name");
                    var current = body.Items("status", "currentMetrics")
                        .FirstOrDefault(one => one.Text("resource", "name") == name)
                        .Number("resource", "current", "averageUtilization");
                    return $"{name}: "
                        + $"{(current is { } percent ? $"{percent}%" : "<unknown>")}/"
                        + $"{metric.Number("resource", "target", "averageUtilization")}%";
                })
        )
            is { Length: > 0 } targets
            ? targets
            : null;

    public static long Count(JsonObject body, string field) => (body.At(field) as JsonObject)?.Count ?? 0;

    public static JsonNode? LastSeen(JsonObject body, DateTimeOffset now) =>
        HumanTime.Since(body.Text("series", "lastObservedTime") ?? body.Text("lastTimestamp") ?? body.Text("eventTime"), now);
}
