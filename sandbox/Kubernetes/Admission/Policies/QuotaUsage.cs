using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>What an object counts for in a quota (https://kubernetes.io/docs/concepts/policy/resource-quotas/).</summary>
internal static class QuotaUsage
{
    private const string ClassSuffix = ".storageclass.storage.k8s.io/";
    private static readonly string[] Computable = ["cpu", "memory", "ephemeral-storage"];

    private static readonly HashSet<string> Counted =
    [
        "configmaps",
        "persistentvolumeclaims",
        "pods",
        "resourcequotas",
        "secrets",
        "services",
    ];

    /// <summary>The list and the resource of a container that a name limits: <c>limits.cpu</c>. Null for other names.</summary>
    public static (string List, string Resource)? Computed(string name) =>
        name.Split('.', 2) switch
        {
            [var list, var resource] when list is "limits" or "requests" && Computable.Contains(resource) => (list, resource),
            [var resource] when Computable.Contains(resource) => ("requests", resource),
            _ => null,
        };

    /// <summary>Names that may limit a kind. Names of storage classes are left out.</summary>
    public static IEnumerable<string> Names(ResourceType type) =>
        type == ResourceCatalog.Pod
            ?
            [
                "pods",
                "count/pods",
                .. Computable,
                .. Computable.Select(resource => $"requests.{resource}"),
                .. Computable.Select(resource => $"limits.{resource}"),
            ]
        : type == ResourceCatalog.Service ? ["services", "count/services", "services.loadbalancers", "services.nodeports"]
        : type == ResourceCatalog.Claim ? ["persistentvolumeclaims", "count/persistentvolumeclaims", "requests.storage"]
        : [$"count/{type.QualifiedPlural}", .. Counted.Contains(type.QualifiedPlural) ? [type.Plural] : Array.Empty<string>()];

    public static Dictionary<string, decimal> Of(ResourceType type, JsonObject body)
    {
        var usage = new Dictionary<string, decimal> { [$"count/{type.QualifiedPlural}"] = 1 };
        if (Counted.Contains(type.QualifiedPlural))
        {
            usage[type.Plural] = 1;
        }

        if (type == ResourceCatalog.Pod)
        {
            Pod(usage, body);
        }
        else if (type == ResourceCatalog.Service)
        {
            var kind = body.Text("spec", "type");
            usage["services.loadbalancers"] = kind == "LoadBalancer" ? 1 : 0;
            usage["services.nodeports"] =
                kind == "NodePort" || (kind == "LoadBalancer" && body.Flag("spec", "allocateLoadBalancerNodePorts") != false)
                    ? body.Items("spec", "ports").Count()
                    : 0;
        }
        else if (type == ResourceCatalog.Claim)
        {
            var storage = Quantity.Parse(body.At("spec", "resources", "requests", "storage")) ?? 0;
            usage["requests.storage"] = storage;
            if (body.Text("spec", "storageClassName") is { Length: > 0 } className)
            {
                usage[$"{className}{ClassSuffix}requests.storage"] = storage;
                usage[$"{className}{ClassSuffix}persistentvolumeclaims"] = 1;
            }
        }

        return usage;
    }

    /// <summary>A pod that has ended uses nothing but its place in <c>count/pods</c>.</summary>
    private static void Pod(Dictionary<string, decimal> usage, JsonObject pod)
    {
        if (pod.Text("status", "phase") is "Succeeded" or "Failed")
        {
            usage.Remove("pods");
            return;
        }

        foreach (var (list, resource) in new[] { "requests", "limits" }.SelectMany(list => Computable.Select(resource => (list, resource))))
        {
            decimal Share(JsonNode container) => Quantity.Parse(container.At("resources", list, resource)) ?? 0;
            var amount = Math.Max(
                pod.Items("spec", "containers").Sum(Share),
                pod.Items("spec", "initContainers").Select(Share).DefaultIfEmpty(0).Max()
            );
            usage[$"{list}.{resource}"] = amount;
            if (list == "requests")
            {
                usage[resource] = amount;
            }
        }
    }
}
