using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>
/// AKS's webhook for the parameters of Gateways: only fields of a list are allowed (aks-docs, istio-gateway-api, ConfigMap customizations).
/// It checks the ConfigMap when a Gateway refers to it. The sandbox also checks a later change of the ConfigMap, and that is not measured.
/// </summary>
internal static class GatewayParametersWebhook
{
    private const string Name = "istio-kube-gateway-validating-webhook.azmk8s.io";
    private const int FewestReplicas = 2;
    private static readonly string[] Metadata = ["metadata.labels", "metadata.annotations"];

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["deployment"] =
        [
            .. Metadata,
            "spec.minReadySeconds",
            "spec.replicas",
            "spec.template.metadata.labels",
            "spec.template.metadata.annotations",
            "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
            "spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
            "spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
            "spec.template.spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution",
            "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution",
            "spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
            "spec.template.spec.containers.name", // the merge key
            "spec.template.spec.containers.resizePolicy",
            "spec.template.spec.containers.resources.limits",
            "spec.template.spec.containers.resources.requests",
            "spec.template.spec.containers.stdin",
            "spec.template.spec.containers.stdinOnce",
            "spec.template.spec.nodeSelector",
            "spec.template.spec.nodeName",
            "spec.template.spec.tolerations",
            "spec.template.spec.topologySpreadConstraints",
            "spec.template.spec.terminationGracePeriodSeconds",
        ],
        ["service"] =
        [
            .. Metadata,
            "spec.type",
            "spec.loadBalancerSourceRanges",
            "spec.loadBalancerClass",
            "spec.externalTrafficPolicy",
            "spec.internalTrafficPolicy",
            "spec.healthCheckNodePort",
        ],
        ["horizontalPodAutoscaler"] =
        [
            .. Metadata,
            "spec.behavior.scaleUp.stabilizationWindowSeconds",
            "spec.behavior.scaleUp.selectPolicy",
            "spec.behavior.scaleUp.policies",
            "spec.behavior.scaleDown.stabilizationWindowSeconds",
            "spec.behavior.scaleDown.selectPolicy",
            "spec.behavior.scaleDown.policies",
            "spec.metrics",
            "spec.minReplicas",
            "spec.maxReplicas",
        ],
        ["podDisruptionBudget"] = [.. Metadata, "spec.minAvailable", "spec.unhealthyPodEvictionPolicy"],
    };

    /// <exception cref="KubeError">The refusal of the webhook.</exception>
    public static void Check(ObjectStore store, ResourceType type, JsonObject body)
    {
        var map =
            type == ResourceCatalog.ListeningGateway && IsServed(body) ? GatewayParameters.Find(store, body)
            : type == ResourceCatalog.ConfigMap && IsUsed(store, body) ? body
            : null;
        if (map is not null && Problem(map) is { } problem)
        {
            throw new KubeError(
                400,
                null,
                $"admission webhook \"{Name}\" denied the request: ConfigMap {map.Namespace()}/{map.Name()}: {problem}"
            );
        }
    }

    private static bool IsServed(JsonObject gateway) => gateway.Text("spec", "gatewayClassName") == GatewayParameters.Class;

    private static bool IsUsed(ObjectStore store, JsonObject map) =>
        map.Strings("metadata", "labels").GetValueOrDefault(GatewayParameters.ClassLabel) == GatewayParameters.Class
        || store
            .List(ResourceCatalog.ListeningGateway, map.Namespace())
            .Any(gateway => IsServed(gateway) && gateway.Text("spec", "infrastructure", "parametersRef", "name") == map.Name());

    private static string? Problem(JsonObject map) =>
        map.Strings("data").Select(data => Problem(data.Key, data.Value)).FirstOrDefault(problem => problem is not null);

    private static string? Problem(string key, string text)
    {
        if (!Allowed.TryGetValue(key, out var allowed))
        {
            return $"{key} is not allowed";
        }

        if (GatewayParameters.Overlay(text) is not { } overlay)
        {
            return $"{key} is not a YAML object";
        }

        if (overlay.Number("spec", "minReplicas") is < FewestReplicas)
        {
            return $"{key}: spec.minReplicas must be >= {FewestReplicas}";
        }

        return Leaves(overlay, "")
            .Where(path => !Array.Exists(allowed, one => path == one || path.StartsWith($"{one}.", StringComparison.Ordinal)))
            .Select(path => $"{key}: {path} is not in the allow list")
            .FirstOrDefault();
    }

    /// <summary>The paths of the values, without the positions of list items.</summary>
    private static IEnumerable<string> Leaves(JsonNode? node, string path) =>
        node switch
        {
            JsonObject { Count: > 0 } map => map.SelectMany(field =>
                Leaves(field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}")
            ),
            JsonArray { Count: > 0 } list => list.SelectMany(item => Leaves(item, path)),
            _ => [path],
        };
}
