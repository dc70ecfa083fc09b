using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>The AuthorizationPolicy by which a gateway itself refuses other sources than <c>allowedSources</c>, pure.</summary>
internal static class SourceAuthorization
{
    /// <summary>Refuses other sources. The policy names the ports on which Envoy listens. Wire shape: security.istio.io/v1.</summary>
    /// <param name="own">The gateway's own Service; null where it is not known.</param>
    /// <param name="except">The names of others, which the policy leaves out; null without any.</param>
    public static DesiredObject Of(
        NamedExposure exposure,
        GatewayService gateway,
        JsonObject? own,
        IReadOnlyCollection<string>? except = null
    )
    {
        var rule = new JsonObject
        {
            ["from"] = new JsonArray(
                new JsonObject { ["source"] = new JsonObject { ["notIpBlocks"] = TextArray.Of(exposure.Spec.AllowedSources) } }
            ),
            ["to"] = new JsonArray(
                new JsonObject
                {
                    ["operation"] = new JsonObject
                    {
                        ["ports"] = TextArray.Of(
                            exposure
                                .Spec.AllPorts.Order()
                                .Select(port => SharedPort.Number(port, own) ?? port) // SourceRestriction refuses a name
                                .Select(port => port.ToString(CultureInfo.InvariantCulture))
                        ),
                    },
                }
            ),
        };
        if (exposure.Spec.SniHosts.Count > 0)
        {
            var names = new JsonObject { ["key"] = "connection.sni", ["values"] = TextArray.Of(exposure.Spec.SniHosts) };
            if (except is { Count: > 0 })
            {
                names["notValues"] = TextArray.Of(except);
            }

            rule["when"] = new JsonArray(names);
        }

        return DesiredObjects.Make(
            exposure.Name,
            new ObjectRef(ObjectKind.AuthorizationPolicy, gateway.Namespace, ObjectNames.Of(exposure.Name)),
            new JsonObject
            {
                ["selector"] = new JsonObject { ["matchLabels"] = DesiredObjects.Labels(gateway.Selector) },
                ["action"] = "DENY",
                ["rules"] = new JsonArray(rule),
            }
        );
    }
}
