using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary><c>meta.k8s.io/v1 Table</c>, what <c>kubectl get</c> prints.</summary>
internal static class Tables
{
    private static readonly Dictionary<ResourceType, (string Column, Func<JsonObject, JsonNode?> Cell)[]> Columns = new()
    {
        [ResourceCatalog.Service] =
        [
            ("Type", body => body.Text("spec", "type")), ("Cluster-IP", body => body.Text("spec", "clusterIP") ?? "None"), ("External-IP", ExternalAddress),
            ("Port(s)", body => string.Join(",", body.Items("spec", "ports").Select(port => $"{port.Number("port")}{(port.Number("nodePort") is { } node ? $":{node}" : "")}/{port.Text("protocol")}"))),
        ],
        [ResourceCatalog.Pod] =
        [
            ("Ready", body => $"{body.Items("status", "containerStatuses").Count(status => status.Flag("ready") == true)}/{body.Items("spec", "containers").Count()}"),
            ("Status", PodStatus), ("Restarts", body => body.Items("status", "containerStatuses").Sum(status => status.Number("restartCount") ?? 0)),
        ],
        [ResourceCatalog.Deployment] =
        [
            ("Ready", body => $"{body.Number("status", "readyReplicas") ?? 0}/{body.Number("spec", "replicas") ?? 0}"),
            ("Up-to-date", body => body.Number("status", "updatedReplicas") ?? 0), ("Available", body => body.Number("status", "availableReplicas") ?? 0),
        ],
        [ResourceCatalog.ReplicaSet] =
        [
            ("Desired", body => body.Number("spec", "replicas") ?? 0), ("Current", body => body.Number("status", "replicas") ?? 0), ("Ready", body => body.Number("status", "readyReplicas") ?? 0),
        ],
        [ResourceCatalog.Namespace] = [("Status", body => body.Text("status", "phase"))],
        [ResourceCatalog.Node] =
        [
            ("Status", _ => "Ready"), ("Roles", _ => "<none>"), ("Version", body => body.Text("status", "nodeInfo", "kubeletVersion")),
        ],
        [ResourceCatalog.Endpoints] =
        [
            ("Endpoints", body => string.Join(",", body.Items("subsets").SelectMany(subset => subset.Items("addresses").SelectMany(address => subset.Items("ports").Select(port => $"{address.Text("ip")}:{port.Number("port")}"))).Take(3)) is { Length: > 0 } some ? some : "<none>"),
        ],
        [ResourceCatalog.Scaler] =
        [
            ("Reference", body => $"{body.Text("spec", "scaleTargetRef", "kind")}/{body.Text("spec", "scaleTargetRef", "name")}"), ("MinPods", body => body.Number("spec", "minReplicas") ?? 1),
            ("MaxPods", body => body.Number("spec", "maxReplicas") ?? 1), ("Replicas", body => body.Number("status", "currentReplicas") ?? 0),
        ],
        [ResourceCatalog.ConfigMap] = [("Data", body => (body.At("data") as JsonObject)?.Count ?? 0)],
        [ResourceCatalog.Secret] = [("Type", body => body.Text("type")), ("Data", body => (body.At("data") as JsonObject)?.Count ?? 0)],
        [ResourceCatalog.Event] = [("Type", body => body.Text("type")), ("Reason", body => body.Text("reason")), ("Object", body => $"{body.Text("involvedObject", "kind")?.ToLowerInvariant()}/{body.Text("involvedObject", "name")}"), ("Message", body => body.Text("message"))],
        [ResourceCatalog.VirtualService] = [("Gateways", body => body.At("spec", "gateways")?.ToJsonString(Answers.Plain)), ("Hosts", body => body.At("spec", "hosts")?.ToJsonString(Answers.Plain))],
        [ResourceCatalog.DestinationRule] = [("Host", body => body.Text("spec", "host"))],
    };

    public static bool Wanted(HttpRequest request) => request.Headers.Accept.ToString().Contains("as=Table", StringComparison.Ordinal);

    public static JsonObject Of(ResourceType type, string version, IReadOnlyList<JsonObject> items, JsonObject metadata, DateTimeOffset now)
    {
        var columns = Columns.GetValueOrDefault(type) ?? [];
        if (metadata.Count == 0 && items.Count == 1)
        {
            metadata["resourceVersion"] = items[0].Text("metadata", "resourceVersion");
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = new JsonArray([Column("Name", "name"), .. columns.Select(column => Column(column.Column, "")), Column("Age", "")]),
            ["rows"] = new JsonArray([.. items.Select(item => new JsonObject
            {
                ["cells"] = new JsonArray([item.Name(), .. columns.Select(column => column.Cell(item)), Age(item, now)]),
                ["object"] = new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = item.At("metadata")?.DeepClone() },
            })]),
        };
    }

    private static JsonNode Column(string name, string format) =>
        new JsonObject { ["name"] = name, ["type"] = "string", ["format"] = format, ["description"] = name, ["priority"] = 0 };

    private static string Age(JsonObject body, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParse(body.Text("metadata", "creationTimestamp"), CultureInfo.InvariantCulture, out var created))
        {
            return "<unknown>";
        }

        var age = now - created;
        return age.TotalSeconds < 120 ? $"{Math.Max(0, (int)age.TotalSeconds)}s"
            : age.TotalMinutes < 120 ? $"{(int)age.TotalMinutes}m"
            : age.TotalHours < 48 ? $"{(int)age.TotalHours}h"
            : $"{(int)age.TotalDays}d";
    }

    private static JsonNode? ExternalAddress(JsonObject body) =>
        body.Text("spec", "type") != "LoadBalancer" ? "<none>"
            : string.Join(",", body.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("ip"))) is { Length: > 0 } addresses ? addresses : "<pending>";

    private static JsonNode? PodStatus(JsonObject body) =>
        body.Items("status", "containerStatuses").Select(status => status.Text("state", "waiting", "reason")).FirstOrDefault(reason => reason is not null) ?? body.Text("status", "phase");
}
