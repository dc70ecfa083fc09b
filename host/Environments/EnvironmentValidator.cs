using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Host.Environments;

/// <summary>Validates the file's own fields. The product's rules validate the specs.</summary>
internal static class EnvironmentValidator
{
    private const string Example = "{subscriptionId, resourceGroup, cluster: {name, spec}, exposures: [{name, spec}]}";

    /// <returns>Null after an error, which the reading records.</returns>
    public static DesiredEnvironment? Validate(EnvironmentReading reading)
    {
        if (reading.Object(reading.Root, "", Example) is not { } root)
        {
            return null;
        }

        reading.RefuseUnknown(root, "", "subscriptionId", "resourceGroup", "cluster", "exposures");
        var subscription = reading.Text(root, "", "subscriptionId", text => SpecRules.ClusterIdPart(text, null, null));
        var group = reading.Text(root, "", "resourceGroup", text => SpecRules.ClusterIdPart(null, text, null));
        var cluster = Named(reading, root["cluster"], "/cluster", text => SpecRules.ClusterIdPart(null, null, text), SpecRules.Cluster);
        var exposures = Exposures(reading, root["exposures"]);
        return subscription is not null && group is not null && cluster is not null
            ? new DesiredEnvironment(new ClusterId(subscription, group, cluster.Name), cluster.Spec, exposures, reading.Document)
            : null;
    }

    private static IReadOnlyList<DesiredExposure> Exposures(EnvironmentReading reading, JsonNode? node)
    {
        if (node is not JsonArray items)
        {
            reading.Error("/exposures", "List the exposures: [{name, spec: {port, backends}}]. Write [] for a cluster without exposures.");
            return [];
        }

        var exposures = items
            .Select((item, index) => Named(reading, item, $"/exposures/{index}", SpecRules.ExposureName, SpecRules.Exposure))
            .OfType<DesiredExposure>()
            .ToList();
        RefuseDuplicates(reading, items);
        RefuseSharedPorts(reading, exposures);
        return exposures;
    }

    /// <summary>A port of a gateway has one owner. Only TLS exposures with disjoint host names share it.</summary>
    private static void RefuseSharedPorts(EnvironmentReading reading, IReadOnlyList<DesiredExposure> exposures)
    {
        var valid = exposures.Where(exposure => SpecRules.Exposure(exposure.Spec).Count == 0).ToList();
        foreach (var (index, exposure) in valid.Index())
        {
            var holder = valid
                .Take(index)
                .FirstOrDefault(other =>
                    FindCommon(other, exposure) is not null
                    && other.Gateway == exposure.Gateway
                    && (
                        !other.IsTls
                        || !exposure.IsTls
                        || other.SniHosts.Count == 0
                        || exposure.SniHosts.Count == 0
                        || other.SniHosts.Intersect(exposure.SniHosts, StringComparer.OrdinalIgnoreCase).Any()
                    )
                );
            if (holder is not null)
            {
                reading.Error(
                    $"{exposure.Pointer}/spec/{(exposure.Spec.TryGetProperty("ports", out _) ? "ports" : "port")}",
                    $"Exposure '{holder.Name}' has port {FindCommon(holder, exposure)} of the {exposure.Gateway} gateway. "
                        + "Choose another port."
                );
            }
        }
    }

    /// <summary>The first port that both have; null without one.</summary>
    private static int? FindCommon(DesiredExposure one, DesiredExposure other) =>
        (
            from mine in one.Ports
            from theirs in other.Ports
            where mine.Overlaps(theirs)
            select (int?)Math.Max(mine.First, theirs.First)
        ).FirstOrDefault();

    private static void RefuseDuplicates(EnvironmentReading reading, JsonArray items)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < items.Count; index++)
        {
            if (
                items[index] is JsonObject item
                && item["name"] is JsonValue value
                && value.TryGetValue<string>(out var name)
                && !names.Add(name)
            )
            {
                reading.Error($"/exposures/{index}/name", $"'{name}' is the name of an earlier exposure; choose another.");
            }
        }
    }

    private static DesiredExposure? Named(
        EnvironmentReading reading,
        JsonNode? node,
        string pointer,
        Func<string, string?> rule,
        Func<JsonElement, IReadOnlyList<FieldError>> specRule
    )
    {
        if (reading.Object(node, pointer, "{name, spec}") is not { } parent)
        {
            return null;
        }

        reading.RefuseUnknown(parent, pointer, "name", "spec");
        var name = reading.Text(parent, pointer, "name", rule);
        if (reading.Object(parent["spec"], $"{pointer}/spec", "an object with the fields of the resource") is not { } body)
        {
            return null;
        }

        var spec = JsonSerializer.SerializeToElement(body);
        foreach (var error in specRule(spec))
        {
            reading.Error($"{pointer}/spec{error.Pointer}", error.Detail);
        }

        return name is null ? null : new DesiredExposure(name, spec, pointer);
    }
}
