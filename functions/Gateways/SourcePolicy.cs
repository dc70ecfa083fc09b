using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;

namespace MeshPort.Gateways;

/// <summary>
/// Who may come to one port of a Service that has many, pure. Azure's and Kubernetes' source ranges are a whole Service's. What works for a port is the security group of the
/// nodes' subnet, or Envoy's own refusal (AuthorizationPolicy), and that only while the Service keeps the clients' addresses (externalTrafficPolicy Local).
/// </summary>
internal static class SourceRestriction
{
    /// <summary>Whether a security group that MeshPort looks after stands before the port.</summary>
    public static bool HasNetworkSecurityGroup(ClusterSpec spec) => spec.Network?.NetworkSecurityGroup is not null;

    /// <summary>Refuses whoever does not come from the ranges. Envoy sees the port on which it listens. Wire shape: security.istio.io/v1.</summary>
    public static DesiredObject Of(NamedExposure exposure, GatewayService gateway)
    {
        var rule = new JsonObject
        {
            ["from"] = new JsonArray(
                new JsonObject { ["source"] = new JsonObject { ["notIpBlocks"] = DesiredObjects.Texts(exposure.Spec.AllowedSources) } }
            ),
            ["to"] = new JsonArray(
                new JsonObject
                {
                    ["operation"] = new JsonObject
                    {
                        ["ports"] = new JsonArray(GatewayPort.Target(exposure.Spec.Port).ToString(CultureInfo.InvariantCulture)),
                    },
                }
            ),
        };
        if (exposure.Spec.Protocol == ExposureProtocol.Tls)
        {
            rule["when"] = new JsonArray(
                new JsonObject { ["key"] = "connection.sni", ["values"] = DesiredObjects.Texts(exposure.Spec.SniHosts) }
            );
        }

        return DesiredObjects.Make(
            exposure.Name,
            new ObjectRef(ObjectKind.AuthorizationPolicy, gateway.Namespace, IstioRoutes.NameOf(exposure.Name)),
            new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = DesiredObjects.Labels(gateway.Selector) },
                ["action"] = "DENY",
                ["rules"] = new JsonArray(rule),
            }
        );
    }

    /// <param name="service">The gateway's; null where it is missing or does not matter.</param>
    /// <returns>Why the sources cannot be restricted; null when they can.</returns>
    public static Observation? Refusal(NamedExposure exposure, IReadOnlyList<NamedExposure> all, JsonObject? service, ClusterSpec spec)
    {
        if (!HasNetworkSecurityGroup(spec))
        {
            return service is null || service["spec"]?["externalTrafficPolicy"]?.GetValue<string>() == "Local"
                ? null
                : Observation.False(
                    Reasons.SourcesNotRestrictable,
                    "Sources of a single port cannot be restricted here, so it is closed: set externalTrafficPolicy Local on the gateway's Service, use a subnet of your own with network.networkSecurityGroup, or strategy companionService."
                );
        }

        // A packet shows address and port, not the server name.
        var other = all.FirstOrDefault(other =>
            other.Spec.Gateway == exposure.Spec.Gateway
            && other.Spec.Port == exposure.Spec.Port
            && !other.Spec.AllowedSources.SequenceEqual(exposure.Spec.AllowedSources)
        );
        return other is null
            ? null
            : Observation.False(
                Reasons.SourcesNotRestrictable,
                $"Exposure {other.Name} shares port {exposure.Spec.Port} and lets others in, which a security group cannot tell apart, so {exposure.Name} is closed; give both the same allowedSources, or use strategy companionService."
            );
    }
}
