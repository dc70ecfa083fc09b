using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Patching;
using MeshPort.Sandbox.Kubernetes.Server;

namespace MeshPort.Sandbox.Kubernetes.Admission.Istio;

/// <summary>
/// The ConfigMaps that change what istiod makes for a Gateway: the defaults of its class, and <c>spec.infrastructure.parametersRef</c>
/// (istio/istio, pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go and gateway/gateway_collection.go).
/// </summary>
internal static class GatewayParameters
{
    public const string Class = "istio";
    public const string ClassLabel = "gateway.istio.io/defaults-for-class";
    public const string SystemNamespace = "aks-istio-system";

    /// <summary>The keys that istiod knows, with the kind of the object.</summary>
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["deployment"] = "Deployment",
        ["service"] = "Service",
        ["serviceAccount"] = "ServiceAccount",
        ["horizontalPodAutoscaler"] = "HorizontalPodAutoscaler",
        ["podDisruptionBudget"] = "PodDisruptionBudget",
    };

    /// <returns>Why istiod does not accept the Gateway; null when it does. Its status tells this.</returns>
    public static string? Invalid(ObjectStore store, JsonObject gateway) =>
        Reference(gateway) is not { } reference ? null
        : reference.Text("kind") != "ConfigMap" || !string.IsNullOrEmpty(reference.Text("group"))
            ? $"Unsupported parametersRef group/kind {reference.Text("group")}/{reference.Text("kind")}, only ConfigMap is supported"
        : Find(store, gateway) is null ? $"parametersRef ConfigMap {gateway.Namespace()}/{reference.Text("name")} does not exist"
        : null;

    /// <returns>The ConfigMap that a Gateway refers to; null without one.</returns>
    public static JsonObject? Find(ObjectStore store, JsonObject gateway) =>
        Reference(gateway) is { } reference
        && reference.Text("kind") == "ConfigMap"
        && string.IsNullOrEmpty(reference.Text("group"))
        && reference.Text("name") is { } name
            ? store.Get(ResourceCatalog.ConfigMap, gateway.Namespace(), name)
            : null;

    /// <summary>An object as istiod renders it.</summary>
    /// <returns>Null when it cannot be rendered. istiod then changes nothing and only logs the error.</returns>
    public static JsonObject? Render(ObjectStore store, JsonObject gateway, ResourceType type, JsonObject template)
    {
        if (Invalid(store, gateway) is not null)
        {
            return null;
        }

        var rendered = template.Copy();
        foreach (var map in Maps(store, gateway))
        {
            if (map.Strings("data") is not { } data || data.Keys.Any(key => !Keys.ContainsKey(key)))
            {
                return null;
            }

            var key = Keys.First(known => known.Value == type.Kind).Key;
            if (data.TryGetValue(key, out var text))
            {
                if (Overlay(text) is not { } overlay)
                {
                    return null;
                }

                rendered = StrategicMergePatch.Apply(rendered, overlay, type.Schema);
            }
        }

        return rendered;
    }

    /// <returns>Null when the text is not a YAML map.</returns>
    public static JsonObject? Overlay(string text)
    {
        try
        {
            return KubeRequestBody.Yaml(text) as JsonObject;
        }
        catch (KubeError)
        {
            return null;
        }
    }

    private static JsonNode? Reference(JsonObject gateway) => gateway.At("spec", "infrastructure", "parametersRef");

    /// <summary>The defaults of the class come first. Of several, the oldest counts.</summary>
    private static IEnumerable<JsonObject> Maps(ObjectStore store, JsonObject gateway)
    {
        var defaults = store
            .List(ResourceCatalog.ConfigMap, SystemNamespace)
            .Where(map => map.Strings("metadata", "labels").GetValueOrDefault(ClassLabel) == Class)
            .OrderBy(map => map.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
            .FirstOrDefault();
        return new[] { defaults, Find(store, gateway) }.OfType<JsonObject>();
    }
}
