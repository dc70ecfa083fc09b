using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Oddities of recorded AKS traffic that no specification mentions (reference arm.md, section 3, list of quirks). When switched off, ids
/// and types have the spelling of the specifications. Permanent behaviour is elsewhere: long signed poll URLs with their own api-version,
/// changes of the <c>eTag</c>, AKS's defaults.
/// </summary>
internal sealed class RealTraffic(bool on, FeatureRegistrations features)
{
    private const string FeatureHeader = "AKSHTTPCustomFeatures";
    private static readonly string[] KeyOrder = ["id", "location", "name", "tags", "type", "kind", "properties", "identity", "sku", "eTag"];

    /// <exception cref="ArmException">400 when the request's header names a feature that the subscription has not registered.</exception>
    public void Check(ArmPath path, string? featureHeader)
    {
        foreach (
            var feature in on && IsClusters(path)
                ? (featureHeader ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : []
        )
        {
            if (features.Find(path.Subscription ?? "", feature) is not { State: "Registered" })
            {
                throw new ArmException(
                    400,
                    "BadRequest",
                    $"Feature {feature} is not enabled. Please see https://aka.ms/aks/previews for how to enable features."
                )
                {
                    ByProvider = true,
                    Flat = true,
                    Target = FeatureHeader,
                };
            }
        }
    }

    /// <summary>The answer as sent. AKS names no character set, Resource Manager and the network provider do.</summary>
    public (string ContentType, string Text) Write(ArmPath path, JsonNode body)
    {
        if (!IsClusters(path))
        {
            return ("application/json; charset=utf-8", body.ToWire());
        }

        if (body["value"] is JsonArray list)
        {
            for (var index = 0; index < list.Count; index++)
            {
                if (list[index] is JsonObject item && ApplyQuirks(path, item) is var dressed && dressed != item)
                {
                    list[index] = dressed;
                }
            }
        }

        var answer = body is JsonObject one && one["value"] is not JsonArray ? ApplyQuirks(path, one) : body;
        return ("application/json", on ? answer.ToJsonString(WireJson.OneSpace) : answer.ToWire());
    }

    private static bool IsClusters(ArmPath path) => path.Provider == ResourceTypes.ContainerService && path.Type.Length > 0;

    /// <summary>Changes the answer in place, which no other answer shares. A different key order needs a new object.</summary>
    private JsonObject ApplyQuirks(ArmPath path, JsonObject answer)
    {
        if (path.Type.StartsWith("locations/operations", StringComparison.OrdinalIgnoreCase))
        {
            return on ? WithSwappedName(answer) : answer;
        }

        if (answer.Text("id") is { } id)
        {
            answer["id"] = on
                ? id.Replace("/resourceGroups/", "/resourcegroups/", StringComparison.OrdinalIgnoreCase)
                : id.Replace("/resourcegroups/", "/resourceGroups/", StringComparison.OrdinalIgnoreCase);
        }

        if (string.Equals(answer["type"]?.ToString(), "Microsoft.ContainerService/managedClusters", StringComparison.OrdinalIgnoreCase))
        {
            answer["type"] = on ? "Microsoft.ContainerService/ManagedClusters" : "Microsoft.ContainerService/managedClusters";
        }

        return on ? Ordered(WithNulls(answer)) : answer;
    }

    /// <summary>Seen in 2023: the first three fields of the operation's id have the opposite byte order to the URL.</summary>
    private static JsonObject WithSwappedName(JsonObject status)
    {
        if (Guid.TryParse(status["name"]?.ToString(), out var id))
        {
            status["name"] = new Guid(id.ToByteArray(bigEndian: true), bigEndian: false).ToString();
        }

        return status;
    }

    private static JsonObject WithNulls(JsonObject answer)
    {
        if (answer.Object("properties") is { } properties)
        {
            if (properties.Object("ingressProfile", "webAppRouting") is { } routing)
            {
                routing.TryAdd("dnsZoneResourceIds", null);
                routing.TryAdd("identity", null);
                routing.Default(
                    "gatewayAPIImplementations",
                    new JsonObject { ["appRoutingIstio"] = new JsonObject { ["mode"] = "Disabled" } }
                );
            }

            foreach (var newest in properties.Objects("meshRevisions").Where(revision => revision["upgrades"] is JsonArray { Count: 0 }))
            {
                newest.Remove("upgrades");
            }
        }

        return answer;
    }

    private static JsonObject Ordered(JsonObject answer)
    {
        var ordered = new JsonObject();
        foreach (
            var key in KeyOrder
                .Where(answer.ContainsKey)
                .Concat(answer.Select(property => property.Key).Where(key => !KeyOrder.Contains(key)))
        )
        {
            ordered[key] = answer[key]?.DeepClone();
        }

        return ordered;
    }
}
