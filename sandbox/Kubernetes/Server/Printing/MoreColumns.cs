using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using static MeshPort.Sandbox.Kubernetes.Server.Printing.Column;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>
/// Columns of workloads other than Deployments, of storage, policies and registrations, as in kubernetes' pkg/printers/internalversion.
/// </summary>
internal static class MoreColumns
{
    private const string DefaultClass = "storageclass.kubernetes.io/is-default-class";

    private static readonly Dictionary<string, string> ShortModes = new()
    {
        ["ReadWriteOnce"] = "RWO",
        ["ReadOnlyMany"] = "ROX",
        ["ReadWriteMany"] = "RWX",
        ["ReadWriteOncePod"] = "RWOP",
    };

    private static readonly Column[] Hooks = [ObjectName, Number("Webhooks", body => body.Items("webhooks").Count()), Age];

    public static readonly IReadOnlyDictionary<string, IReadOnlyList<Column>> ByKind = new Dictionary<string, IReadOnlyList<Column>>
    {
        ["StatefulSet"] =
        [
            ObjectName,
            Text("Ready", body => $"{body.Number("status", "readyReplicas") ?? 0}/{body.Number("spec", "replicas") ?? 0}"),
            Age,
            .. BuiltInColumns.Containers,
        ],
        ["DaemonSet"] =
        [
            ObjectName,
            Number("Desired", body => body.Number("status", "desiredNumberScheduled")),
            Number("Current", body => body.Number("status", "currentNumberScheduled")),
            Number("Ready", body => body.Number("status", "numberReady")),
            Number("Up-to-date", body => body.Number("status", "updatedNumberScheduled")),
            Number("Available", body => body.Number("status", "numberAvailable")),
            Text("Node Selector", body => BuiltInColumns.Pairs(body.At("spec", "template", "spec", "nodeSelector"))),
            Age,
            .. BuiltInColumns.Workload,
        ],
        ["ControllerRevision"] =
        [
            ObjectName,
            Text(
                "Controller",
                body =>
                    body.Items("metadata", "ownerReferences")
                        .Where(owner => owner.Flag("controller") == true)
                        .Select(owner =>
                            $"{owner.Text("kind")?.ToLowerInvariant()}.{owner.Text("apiVersion")?.Split('/')[0]}/{owner.Text("name")}"
                        )
                        .FirstOrDefault()
            ),
            Number("Revision", body => body.Number("revision")),
            Age,
        ],
        ["Job"] =
        [
            ObjectName,
            Text("Status", JobStatus),
            Text("Completions", Completions),
            new("Duration", "string", 0, Duration),
            Age,
            .. BuiltInColumns.Workload,
        ],
        ["CronJob"] =
        [
            ObjectName,
            Text("Schedule", body => body.Text("spec", "schedule")),
            Text("Timezone", body => body.Text("spec", "timeZone")),
            Text("Suspend", body => body.Flag("spec", "suspend") == true ? "True" : "False"),
            Number("Active", body => body.Items("status", "active").Count()),
            new(
                "Last Schedule",
                "string",
                0,
                (body, now) => body.Text("status", "lastScheduleTime") is { } last ? HumanTime.Since(last, now) : "<none>"
            ),
            Age,
            Wide("Containers", body => Joined(Containers(body).Select(container => container.Text("name")))),
            Wide("Images", body => Joined(Containers(body).Select(container => container.Text("image")))),
            Wide("Selector", _ => null),
        ],
        ["Ingress"] =
        [
            ObjectName,
            Text("Class", body => body.Text("spec", "ingressClassName")),
            Text(
                "Hosts",
                body => Joined(body.Items("spec", "rules").Select(rule => rule.Text("host") is { Length: > 0 } host ? host : "*")) ?? "*"
            ),
            Text(
                "Address",
                body =>
                    Joined(body.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("ip") ?? entry.Text("hostname")))
                    ?? ""
            ),
            Text("Ports", body => body.Items("spec", "tls").Any() ? "80, 443" : "80"),
            Age,
        ],
        ["IngressClass"] =
        [
            ObjectName,
            Text("Controller", body => body.Text("spec", "controller")),
            Text(
                "Parameters",
                body =>
                    body.At("spec", "parameters") is { } parameters
                        ? $"{parameters.Text("kind")}.{parameters.Text("apiGroup")}/{parameters.Text("name")}"
                        : null
            ),
            Age,
        ],
        ["NetworkPolicy"] = [ObjectName, Text("Pod-Selector", body => Selector(body.At("spec", "podSelector"))), Age],
        ["PersistentVolumeClaim"] =
        [
            ObjectName,
            Text("Status", body => body.Text("metadata", "deletionTimestamp") is null ? body.Text("status", "phase") : "Terminating"),
            Text("Volume", body => body.Text("spec", "volumeName") ?? ""),
            Text("Capacity", body => body.Text("status", "capacity", "storage") ?? ""),
            Text("Access Modes", body => Modes(body, "status")),
            Text("StorageClass", body => body.Text("spec", "storageClassName") ?? ""),
            Text("VolumeAttributesClass", body => body.Text("spec", "volumeAttributesClassName") ?? "<unset>"),
            Age,
            Wide("VolumeMode", body => body.Text("spec", "volumeMode")),
        ],
        ["PersistentVolume"] =
        [
            ObjectName,
            Text("Capacity", body => body.Text("spec", "capacity", "storage")),
            Text("Access Modes", body => Modes(body, "spec")),
            Text("Reclaim Policy", body => body.Text("spec", "persistentVolumeReclaimPolicy")),
            Text("Status", body => body.Text("metadata", "deletionTimestamp") is null ? body.Text("status", "phase") : "Terminating"),
            Text("Claim", body => body.At("spec", "claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
            Text("StorageClass", body => body.Text("spec", "storageClassName") ?? ""),
            Text("VolumeAttributesClass", body => body.Text("spec", "volumeAttributesClassName") ?? "<unset>"),
            Text("Reason", body => body.Text("status", "reason") ?? ""),
            Age,
            Wide("VolumeMode", body => body.Text("spec", "volumeMode")),
        ],
        ["StorageClass"] =
        [
            ObjectName with
            {
                Cell = (body, _) =>
                    body.Strings("metadata", "annotations").GetValueOrDefault(DefaultClass) == "true"
                        ? $"{body.Name()} (default)"
                        : body.Name(),
            },
            Text("Provisioner", body => body.Text("provisioner")),
            Text("ReclaimPolicy", body => body.Text("reclaimPolicy")),
            Text("VolumeBindingMode", body => body.Text("volumeBindingMode")),
            new("AllowVolumeExpansion", "boolean", 0, (body, _) => body.Flag("allowVolumeExpansion") == true),
            Age,
        ],
        ["PodDisruptionBudget"] =
        [
            ObjectName,
            Text("Min Available", body => body.At("spec", "minAvailable")?.ToString() ?? "N/A"),
            Text("Max Unavailable", body => body.At("spec", "maxUnavailable")?.ToString() ?? "N/A"),
            Number("Allowed Disruptions", body => body.Number("status", "disruptionsAllowed")),
            Age,
        ],
        ["ResourceQuota"] =
        [
            ObjectName,
            Text("Request", body => Usage(body, name => !IsLimit(name))),
            Text("Limit", body => Usage(body, IsLimit)),
            Age,
        ],
        ["LimitRange"] = [ObjectName, CreatedAt],
        ["Lease"] = [ObjectName, Text("Holder", body => body.Text("spec", "holderIdentity")), Age],
        ["PriorityClass"] =
        [
            ObjectName,
            Number("Value", body => body.Number("value")),
            new("Global-Default", "boolean", 0, (body, _) => body.Flag("globalDefault") == true),
            Age,
            Text("PreemptionPolicy", body => body.Text("preemptionPolicy")),
        ],
        ["RuntimeClass"] = [ObjectName, Text("Handler", body => body.Text("handler")), Age],
        ["FlowSchema"] =
        [
            ObjectName,
            Text("PriorityLevel", body => body.Text("spec", "priorityLevelConfiguration", "name")),
            Number("MatchingPrecedence", body => body.Number("spec", "matchingPrecedence")),
            Text("DistinguisherMethod", body => body.Text("spec", "distinguisherMethod", "type")),
            Age,
            Text(
                "MissingPL",
                body =>
                    body.Items("status", "conditions")
                        .Where(condition => condition.Text("type") == "Dangling")
                        .Select(condition => condition.Text("status"))
                        .FirstOrDefault("?")
            ),
        ],
        ["PriorityLevelConfiguration"] =
        [
            ObjectName,
            Text("Type", body => body.Text("spec", "type")),
            Text("NominalConcurrencyShares", body => Level(body, "limited", "nominalConcurrencyShares")),
            Text("Queues", body => Level(body, "limited", "limitResponse", "queuing", "queues")),
            Text("HandSize", body => Level(body, "limited", "limitResponse", "queuing", "handSize")),
            Text("QueueLengthLimit", body => Level(body, "limited", "limitResponse", "queuing", "queueLengthLimit")),
            Age,
        ],
        ["CertificateSigningRequest"] =
        [
            ObjectName,
            Age,
            Text("SignerName", body => body.Text("spec", "signerName")),
            Text("Requestor", body => body.Text("spec", "username")),
            Text(
                "RequestedDuration",
                body => body.Number("spec", "expirationSeconds") is { } seconds ? HumanTime.Of(TimeSpan.FromSeconds(seconds)) : null
            ),
            Text("Condition", RequestState),
        ],
        ["APIService"] =
        [
            ObjectName,
            Text(
                "Service",
                body => body.At("spec", "service") is { } service ? $"{service.Text("namespace")}/{service.Text("name")}" : "Local"
            ),
            Text("Available", Available),
            Age,
        ],
        ["MutatingWebhookConfiguration"] = Hooks,
        ["ValidatingWebhookConfiguration"] = Hooks,
    };

    private static IEnumerable<JsonNode> Containers(JsonObject cron) =>
        cron.Items("spec", "jobTemplate", "spec", "template", "spec", "containers");

    private static string? Joined(IEnumerable<string?> parts) =>
        string.Join(',', parts.Where(part => part is { Length: > 0 })) is { Length: > 0 } text ? text : null;

    private static string? Level(JsonObject body, params string[] path) => body.At(["spec", .. path])?.ToString();

    /// <summary>As of a certificate request: <c>Approved,Issued</c>.</summary>
    private static string RequestState(JsonObject body)
    {
        string[] states =
        [
            .. body.Items("status", "conditions").Select(condition => condition.Text("type") ?? ""),
            .. body.Text("status", "certificate") is { Length: > 0 } ? ["Issued"] : Array.Empty<string>(),
        ];
        return states.Length == 0 ? "Pending" : string.Join(',', states);
    }

    private static string JobStatus(JsonObject body)
    {
        bool Has(string type) =>
            body.Items("status", "conditions").Any(condition => condition.Text("type") == type && condition.Text("status") == "True");
        return Has("Complete") ? "Complete"
            : Has("Failed") ? "Failed"
            : body.Text("metadata", "deletionTimestamp") is not null ? "Terminating"
            : Has("Suspended") ? "Suspended"
            : Has("FailureTarget") ? "FailureTarget"
            : Has("SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running";
    }

    private static string Completions(JsonObject body)
    {
        var succeeded = body.Number("status", "succeeded") ?? 0;
        return body.Number("spec", "completions") is { } wanted ? $"{succeeded}/{wanted}"
            : body.Number("spec", "parallelism") is > 1 and var parallel ? $"{succeeded}/1 of {parallel}"
            : $"{succeeded}/1";
    }

    private static JsonNode? Duration(JsonObject body, DateTimeOffset now) =>
        body.Text("status", "startTime") is not { } started ? ""
        : body.Text("status", "completionTime") is { } ended
            ? HumanTime.Since(started, DateTimeOffset.Parse(ended, CultureInfo.InvariantCulture))
        : HumanTime.Since(started, now);

    private static string Modes(JsonObject body, string section) =>
        Joined(body.Items(section, "accessModes").Select(mode => ShortModes.GetValueOrDefault(mode.ToString(), mode.ToString()))) ?? "";

    private static string? Selector(JsonNode? selector) =>
        Joined([
            BuiltInColumns.Pairs(selector.At("matchLabels")),
            .. selector
                .Items("matchExpressions")
                .Select(expression =>
                    (expression.Text("operator"), string.Join(',', expression.Items("values").Select(value => value.ToString()))) switch
                    {
                        ("Exists", _) => expression.Text("key"),
                        ("DoesNotExist", _) => $"!{expression.Text("key")}",
                        (var operation, var values) => $"{expression.Text("key")} {operation?.ToLowerInvariant()} ({values})",
                    }
                ),
        ]);

    private static bool IsLimit(string name) => name.StartsWith("limits.", StringComparison.Ordinal);

    private static string Usage(JsonObject quota, Func<string, bool> which) =>
        string.Join(
            ", ",
            (quota.At("status", "hard") as JsonObject ?? [])
                .Where(pair => which(pair.Key))
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => $"{pair.Key}: {quota.At("status", "used", pair.Key) ?? "0"}/{pair.Value}")
        );

    private static string Available(JsonObject body)
    {
        var condition = body.Items("status", "conditions").FirstOrDefault(found => found.Text("type") == "Available");
        return condition.Text("status") switch
        {
            "True" => "True",
            null => "Unknown",
            var other => $"{other} ({condition.Text("reason")})",
        };
    }
}
