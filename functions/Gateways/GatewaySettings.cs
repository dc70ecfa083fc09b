using System.Text.Json.Nodes;

namespace MeshPort.Gateways;

/// <summary>
/// The annotations of a Gateway of the Gateway API that decide who reaches its exposures, pure. Istio copies them to the Service that it
/// makes. Then it applies the ConfigMap with the defaults of the class, whose annotations replace those of the Gateway (istio/istio,
/// pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go, render and applyOverlay).
/// </summary>
internal static class GatewaySettings
{
    public static IReadOnlyDictionary<string, string> Of(PortGroup group)
    {
        var settings = new Dictionary<string, string>(group.Annotations([], null), StringComparer.Ordinal);
        if (group.AllowedSources.Count > 0)
        {
            settings[LoadBalancer.AllowedRanges] = string.Join(',', group.AllowedSources);
        }

        return settings;
    }

    /// <param name="annotations">Those of the Service, or those of the Gateway for it.</param>
    /// <returns>For people, the annotations that are not as MeshPort writes them; others may be there, too.</returns>
    public static IReadOnlyList<string> FindDifferences(PortGroup group, JsonObject? annotations) =>
        [
            .. Of(group)
                .Where(setting => !IsSame(setting.Key, setting.Value, $"{annotations?[setting.Key]}"))
                .Select(setting =>
                    $"annotation {setting.Key} is {(annotations?[setting.Key] is { } found ? found : "absent")}, not {setting.Value}"
                ),
        ];

    /// <summary>The annotations that a Gateway of MeshPort has for its Service.</summary>
    public static JsonObject? Annotations(JsonObject? gateway) => gateway?["spec"]?["infrastructure"]?["annotations"] as JsonObject;

    private static bool IsSame(string annotation, string wanted, string found) =>
        annotation == LoadBalancer.AllowedRanges
            ? LoadBalancer.Items(wanted).ToHashSet(StringComparer.Ordinal).SetEquals(LoadBalancer.Items(found))
            : wanted == found;
}
