using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// The LimitRanges of a namespace: defaults for containers, and bounds for containers, pods and claims (kubernetes/kubernetes,
/// plugin/pkg/admission/limitranger).
/// </summary>
internal static class LimitRanges
{
    private const string Annotation = "kubernetes.io/limit-ranger";

    public static void Default(ObjectStore store, JsonObject pod)
    {
        foreach (var limit in Limits(store, pod, "Container"))
        {
            string[] set = [.. Containers(pod).SelectMany(container => Default(container, limit))];
            if (set.Length > 0)
            {
                pod.Child("metadata").Child("annotations")[Annotation] = $"LimitRanger plugin set: {string.Join("; ", set)}";
            }
        }
    }

    public static void Check(ObjectStore store, ResourceType type, JsonObject? before, JsonObject body)
    {
        string[] problems =
            type == ResourceCatalog.Pod && before is null ? [.. Pod(store, body)]
            : type == ResourceCatalog.Claim
                ?
                [
                    .. Limits(store, body, "PersistentVolumeClaim")
                        .SelectMany(limit => Bounds(limit, body.At("spec", "resources"), "PersistentVolumeClaim", onlyRequests: true)),
                ]
            : [];
        if (problems.Length > 0)
        {
            throw KubeError.Forbidden(type, body.Name(), problems.Length == 1 ? problems[0] : $"[{string.Join(", ", problems)}]");
        }
    }

    private static IEnumerable<string> Pod(ObjectStore store, JsonObject pod)
    {
        foreach (var limit in Limits(store, pod, "Container"))
        {
            foreach (var problem in Containers(pod).SelectMany(container => Bounds(limit, container["resources"], "Container")))
            {
                yield return problem;
            }
        }

        foreach (var limit in Limits(store, pod, "Pod"))
        {
            foreach (var problem in Bounds(limit, Sum(pod), "Pod"))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> Default(JsonObject container, JsonNode limit)
    {
        foreach (var (list, defaults, word) in new[] { ("requests", "defaultRequest", "request"), ("limits", "default", "limit") })
        {
            var missing = (limit.At(defaults) as JsonObject ?? [])
                .Where(pair => container.At("resources", list, pair.Key) is null)
                .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .ToArray();
            foreach (var (name, value) in missing)
            {
                container.Child("resources").Child(list)[name] = value?.DeepClone();
            }

            if (missing.Length > 0)
            {
                yield return $"{string.Join(", ", missing.Select(pair => pair.Key))} {word} for container {container.Text("name")}";
            }
        }
    }

    private static IEnumerable<string> Bounds(JsonNode limit, JsonNode? resources, string about, bool onlyRequests = false)
    {
        foreach (var (name, least) in limit.At("min") as JsonObject ?? [])
        {
            if (Wrong(resources, name, least, $"minimum {name} usage per {about} is {least}", "request", "limit", -1) is { } problem)
            {
                yield return problem;
            }
        }

        foreach (var (name, most) in limit.At("max") as JsonObject ?? [])
        {
            var prefix = $"maximum {name} usage per {about} is {most}";
            var problem = onlyRequests
                ? Wrong(resources, name, most, prefix, "request", "", 1)
                : Wrong(resources, name, most, prefix, "limit", "request", 1);
            if (problem is not null)
            {
                yield return problem;
            }
        }

        foreach (var (name, most) in limit.At("maxLimitRequestRatio") as JsonObject ?? [])
        {
            if (Ratio(resources, name, most, about) is { } problem)
            {
                yield return problem;
            }
        }
    }

    /// <param name="first">The value that must be there: <c>request</c> or <c>limit</c>.</param>
    /// <param name="sign">-1: not below the bound. 1: not above it.</param>
    private static string? Wrong(JsonNode? resources, string name, JsonNode? bound, string prefix, string first, string second, int sign)
    {
        var bounded = Quantity.Parse(bound);
        var (one, other) = (resources.At($"{first}s", name), second.Length > 0 ? resources.At($"{second}s", name) : null);
        return one is null ? $"{prefix}.  No {first} is specified"
            : sign * decimal.Compare(Quantity.Parse(one) ?? 0, bounded ?? 0) > 0 ? $"{prefix}, but {first} is {one}"
            : other is not null && sign * decimal.Compare(Quantity.Parse(other) ?? 0, bounded ?? 0) > 0
                ? $"{prefix}, but {second} is {other}"
            : null;
    }

    private static string? Ratio(JsonNode? resources, string name, JsonNode? most, string about)
    {
        var prefix = $"{name} max limit to request ratio per {about} is {most}";
        var (request, limit) = (Quantity.Parse(resources.At("requests", name)) ?? 0, Quantity.Parse(resources.At("limits", name)) ?? 0);
        return request == 0 ? $"{prefix}, but no request is specified or request is 0"
            : limit == 0 ? $"{prefix}, but no limit is specified or limit is 0"
            : limit / request > Quantity.Parse(most)
                ? string.Create(CultureInfo.InvariantCulture, $"{prefix}, but provided ratio is {limit / request:F6}")
            : null;
    }

    /// <summary>The resources that all containers name.</summary>
    private static JsonObject Sum(JsonObject pod)
    {
        var total = new JsonObject();
        JsonObject[] containers = [.. Containers(pod)];
        foreach (var list in new[] { "requests", "limits" })
        {
            foreach (
                var name in containers
                    .SelectMany(container => (container.At("resources", list) as JsonObject ?? []).Select(pair => pair.Key))
                    .Distinct()
                    .Where(name => containers.All(container => container.At("resources", list, name) is not null))
            )
            {
                total.Child(list)[name] = Quantity.Text(
                    containers.Sum(container => Quantity.Parse(container.At("resources", list, name)) ?? 0),
                    binary: name != "cpu"
                );
            }
        }

        return total;
    }

    private static IEnumerable<JsonNode> Limits(ObjectStore store, JsonObject body, string type) =>
        store
            .List(ResourceCatalog.LimitRange, body.Namespace())
            .SelectMany(range => range.Items("spec", "limits"))
            .Where(limit => limit.Text("type") == type);

    private static IEnumerable<JsonObject> Containers(JsonObject pod) => pod.Items("spec", "containers").OfType<JsonObject>();
}
