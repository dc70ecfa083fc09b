using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using static MeshPort.Sandbox.Kubernetes.Server.Printing.Column;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>
/// Columns of the built-in kinds, as in kubernetes' pkg/printers/internalversion. A kind without an entry has name and age.
/// </summary>
internal static class BuiltInColumns
{
    public static readonly Column[] Containers =
    [
        Wide(
            "Containers",
            body => Joined(body.Items("spec", "template", "spec", "containers").Select(container => container.Text("name")))
        ),
        Wide("Images", body => Joined(body.Items("spec", "template", "spec", "containers").Select(container => container.Text("image")))),
    ];

    public static readonly Column[] Workload = [.. Containers, Wide("Selector", body => Pairs(body.At("spec", "selector", "matchLabels")))];

    private static readonly Column[] Binding =
    [
        ObjectName,
        Text("Role", body => $"{body.Text("roleRef", "kind")}/{body.Text("roleRef", "name")}"),
        Age,
        Wide("Users", body => Subjects(body, "User")),
        Wide("Groups", body => Subjects(body, "Group")),
        Wide(
            "ServiceAccounts",
            body =>
                Joined(
                    body.Items("subjects")
                        .Where(subject => subject.Text("kind") == "ServiceAccount")
                        .Select(subject => $"{subject.Text("namespace")}/{subject.Text("name")}"),
                    ", "
                ) ?? ""
        ),
    ];

    private static readonly Dictionary<string, IReadOnlyList<Column>> ByKind = new()
    {
        ["Service"] =
        [
            ObjectName,
            Text("Type", body => body.Text("spec", "type")),
            Text("Cluster-IP", body => body.Text("spec", "clusterIP")),
            Text("External-IP", Cells.ExternalAddress),
            Text("Port(s)", Cells.ServicePorts),
            Age,
            Wide("Selector", body => Pairs(body.At("spec", "selector"))),
        ],
        ["Pod"] =
        [
            ObjectName,
            Text(
                "Ready",
                body =>
                    $"{body.Items("status", "containerStatuses").Count(status => status.Flag("ready") == true)}/"
                    + $"{body.Items("spec", "containers").Count()}"
            ),
            Text("Status", Cells.PodStatus),
            new("Restarts", "string", 0, Cells.Restarts),
            Age,
            Wide("IP", body => body.Text("status", "podIP")),
            Wide("Node", body => body.Text("spec", "nodeName")),
            Wide("Nominated Node", body => body.Text("status", "nominatedNodeName")),
            Wide("Readiness Gates", _ => null),
        ],
        ["Deployment"] =
        [
            ObjectName,
            Text("Ready", body => $"{body.Number("status", "readyReplicas") ?? 0}/{body.Number("spec", "replicas") ?? 0}"),
            Number("Up-to-date", body => body.Number("status", "updatedReplicas")),
            Number("Available", body => body.Number("status", "availableReplicas")),
            Age,
            .. Workload,
        ],
        ["ReplicaSet"] =
        [
            ObjectName,
            Number("Desired", body => body.Number("spec", "replicas")),
            Number("Current", body => body.Number("status", "replicas")),
            Number("Ready", body => body.Number("status", "readyReplicas")),
            Age,
            .. Workload,
        ],
        ["Namespace"] = [ObjectName, Text("Status", body => body.Text("status", "phase")), Age],
        ["Node"] =
        [
            ObjectName,
            Text("Status", Cells.NodeStatus),
            Text("Roles", Cells.NodeRoles),
            Age,
            Text("Version", body => body.Text("status", "nodeInfo", "kubeletVersion")),
            Wide("Internal-IP", body => Cells.NodeAddress(body, "InternalIP")),
            Wide("External-IP", body => Cells.NodeAddress(body, "ExternalIP")),
            Wide("OS-Image", body => body.Text("status", "nodeInfo", "osImage") ?? "<unknown>"),
            Wide("Kernel-Version", body => body.Text("status", "nodeInfo", "kernelVersion") ?? "<unknown>"),
            Wide("Container-Runtime", body => body.Text("status", "nodeInfo", "containerRuntimeVersion") ?? "<unknown>"),
        ],
        ["Endpoints"] = [ObjectName, Text("Endpoints", Cells.Endpoints), Age],
        ["EndpointSlice"] =
        [
            ObjectName,
            Text("AddressType", body => body.Text("addressType")),
            Text(
                "Ports",
                body =>
                    Joined(
                        body.Items("ports").Select(port => port.Number("port")?.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    )
            ),
            Text(
                "Endpoints",
                body =>
                    Cells.FirstThree(
                        body.Items("endpoints").SelectMany(endpoint => endpoint.Items("addresses")).Select(address => address.ToString())
                    )
            ),
            Age,
        ],
        ["HorizontalPodAutoscaler"] =
        [
            ObjectName,
            Text("Reference", body => $"{body.Text("spec", "scaleTargetRef", "kind")}/{body.Text("spec", "scaleTargetRef", "name")}"),
            Text("Targets", Cells.ScalerTargets),
            Text("MinPods", body => (body.Number("spec", "minReplicas") ?? 1).ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Number("MaxPods", body => body.Number("spec", "maxReplicas")),
            Number("Replicas", body => body.Number("status", "currentReplicas")),
            Age,
        ],
        ["ConfigMap"] = [ObjectName, Number("Data", body => Cells.Count(body, "data") + Cells.Count(body, "binaryData")), Age],
        ["Secret"] = [ObjectName, Text("Type", body => body.Text("type")), Number("Data", body => Cells.Count(body, "data")), Age],
        ["ServiceAccount"] = [ObjectName, Number("Secrets", body => body.Items("secrets").Count()), Age],
        ["Event"] =
        [
            new("Last Seen", "string", 0, Cells.LastSeen),
            Text("Type", body => body.Text("type")),
            Text("Reason", body => body.Text("reason")),
            Text("Object", body => $"{body.Text("involvedObject", "kind")?.ToLowerInvariant()}/{body.Text("involvedObject", "name")}"),
            Wide("Subobject", body => body.Text("involvedObject", "fieldPath") ?? ""),
            Wide(
                "Source",
                body => Joined([body.Text("source", "component") ?? body.Text("reportingComponent"), body.Text("source", "host")], ", ")
            ),
            Text("Message", body => body.Text("message")?.Trim()),
            new("First Seen", "string", 1, (body, now) => HumanTime.Since(body.Text("firstTimestamp") ?? body.Text("eventTime"), now)),
            Number("Count", body => body.Number("count") ?? 1) with
            {
                Priority = 1,
            },
            ObjectName with
            {
                Priority = 1,
            },
        ],
        ["Role"] = [ObjectName, CreatedAt],
        ["ClusterRole"] = [ObjectName, CreatedAt],
        ["RoleBinding"] = Binding,
        ["ClusterRoleBinding"] = Binding,
        ["CustomResourceDefinition"] = [ObjectName, CreatedAt],
    };

    public static IReadOnlyList<Column> Of(ResourceType type) =>
        ByKind.GetValueOrDefault(type.Kind) ?? MoreColumns.ByKind.GetValueOrDefault(type.Kind) ?? [ObjectName, Age];

    private static string? Joined(IEnumerable<string?> parts, string by = ",") =>
        string.Join(by, parts.Where(part => part is { Length: > 0 })) is { Length: > 0 } text ? text : null;

    public static string? Pairs(JsonNode? map) =>
        Joined(map.Strings().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private static string Subjects(JsonObject body, string kind) =>
        Joined(body.Items("subjects").Where(subject => subject.Text("kind") == kind).Select(subject => subject.Text("name")), ", ") ?? "";
}
