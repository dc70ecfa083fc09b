using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Patching;

/// <summary>
/// Strategic merge patch: as a merge patch, but lists with a merge key are merged by it (Service ports by <c>port</c> alone, kube-semantics point 14), with the
/// directives <c>$patch: delete|replace</c>, <c>$deleteFromPrimitiveList</c>, <c>$setElementOrder</c> (order is not imitated) and <c>$retainKeys</c> (ignored).
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    public static JsonObject Apply(JsonObject target, JsonObject patch, Schema schema)
    {
        if (patch.Text(Directive) == "replace")
        {
            return Plain(patch);
        }

        var result = target.Copy();
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal) && result[name[DeletePrefix.Length..]] is JsonArray primitives && value is JsonArray gone)
            {
                result[name[DeletePrefix.Length..]] = new JsonArray([.. primitives.Where(item => !gone.Any(other => JsonNode.DeepEquals(item, other))).Select(item => item?.DeepClone())]);
            }
            else if (name.StartsWith('$'))
            {
                continue;
            }
            else if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Value(result[name], value, schema.Child(name) ?? Schema.Any);
            }
        }

        return result;
    }

    private static JsonNode? Value(JsonNode? target, JsonNode value, Schema schema) => value switch
    {
        JsonObject map when map.Text(Directive) == "delete" => null,
        JsonObject map => Apply(target as JsonObject ?? [], map, schema),
        JsonArray list when schema.Keys.Count > 0 => List(target as JsonArray ?? [], list, schema),
        JsonArray list when schema.Set && target is JsonArray known => new JsonArray([.. known.Select(item => item?.DeepClone()), .. list.Where(item => !known.Any(other => JsonNode.DeepEquals(item, other))).Select(item => item?.DeepClone())]),
        _ => value.DeepClone(),
    };

    private static JsonArray List(JsonArray target, JsonArray patch, Schema schema)
    {
        if (patch.Any(item => item is not JsonObject))
        {
            throw KubeError.Internal("list element types are not identical");
        }

        var key = schema.PatchKey ?? schema.Keys[0];
        if (patch.Any(item => item.Text(Directive) == "replace"))
        {
            return new JsonArray([.. patch.OfType<JsonObject>().Where(item => item.Text(Directive) is null).Select(Plain)]);
        }

        var result = target.OfType<JsonObject>().Select(item => item.Copy()).ToList();
        foreach (var item in patch.OfType<JsonObject>())
        {
            var index = result.FindIndex(known => JsonNode.DeepEquals(known[key], item[key]));
            if (item.Text(Directive) == "delete")
            {
                result.RemoveAll(known => JsonNode.DeepEquals(known[key], item[key]));
            }
            else if (index >= 0)
            {
                result[index] = Apply(result[index], item, schema.Item ?? Schema.Any);
            }
            else
            {
                result.Add(Plain(item));
            }
        }

        return new JsonArray([.. result]);
    }

    private static JsonObject Plain(JsonObject patch) => new(patch.Where(pair => !pair.Key.StartsWith('$')).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
}
