using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Patching;

/// <summary>
/// Strategic merge patch. It works as a merge patch, but merges lists that have a merge key (Service ports by <c>port</c> alone,
/// kube-semantics point 14), with the directives <c>$patch: delete|replace</c>, <c>$deleteFromPrimitiveList</c>, <c>$setElementOrder</c>
/// and <c>$retainKeys</c>. Without a given order, new items come first (b2; k8s.io/apimachinery, pkg/util/strategicpatch,
/// normalizeElementOrder).
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";
    private const string OrderPrefix = "$setElementOrder/";
    private const string RetainKeys = "$retainKeys";

    public static JsonObject Apply(JsonObject target, JsonObject patch, Schema schema)
    {
        if (patch.Text(Directive) == "replace")
        {
            return Plain(patch);
        }

        var result = Retained(target, patch[RetainKeys] as JsonArray);
        foreach (var (name, value) in patch)
        {
            if (
                name.StartsWith(DeletePrefix, StringComparison.Ordinal)
                && result[name[DeletePrefix.Length..]] is JsonArray primitives
                && value is JsonArray gone
            )
            {
                result[name[DeletePrefix.Length..]] = new JsonArray([
                    .. primitives.Where(item => !gone.Any(other => JsonNode.DeepEquals(item, other))).Select(item => item?.DeepClone()),
                ]);
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

        foreach (
            var (field, order) in patch
                .Where(pair => pair.Key.StartsWith(OrderPrefix, StringComparison.Ordinal))
                .Select(pair => (pair.Key[OrderPrefix.Length..], pair.Value as JsonArray))
        )
        {
            if (order is not null && result[field] is JsonArray list)
            {
                result[field] = Ordered(list, order, target[field] as JsonArray ?? [], KeyOf(schema.Child(field) ?? Schema.Any));
            }
        }

        return result;
    }

    /// <summary>For a union such as a strategy: only the fields that the patch lists.</summary>
    private static JsonObject Retained(JsonObject target, JsonArray? keys) =>
        keys is null
            ? target.Copy()
            : new JsonObject(
                target
                    .Where(pair => keys.Any(key => key.Text() == pair.Key))
                    .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))
            );

    private static JsonNode? Value(JsonNode? target, JsonNode value, Schema schema) =>
        value switch
        {
            JsonObject map when map.Text(Directive) == "delete" => null,
            JsonObject map => Apply(target as JsonObject ?? [], map, schema),
            JsonArray list when schema.Keys.Count > 0 => List(target as JsonArray ?? [], list, schema),
            JsonArray list when schema.Set && target is JsonArray known => Ordered(
                [
                    .. known.Select(item => item?.DeepClone()),
                    .. list.Where(item => !known.Any(other => JsonNode.DeepEquals(item, other))).Select(item => item?.DeepClone()),
                ],
                list,
                known,
                KeyOf(schema)
            ),
            _ => value.DeepClone(),
        };

    private static JsonArray List(JsonArray target, JsonArray patch, Schema schema)
    {
        if (patch.Any(item => item is not JsonObject))
        {
            throw KubeError.Internal("list element types are not identical");
        }

        if (patch.Any(item => item.Text(Directive) == "replace"))
        {
            return new JsonArray([.. patch.OfType<JsonObject>().Where(item => item.Text(Directive) is null).Select(Plain)]);
        }

        var key = KeyOf(schema);
        var result = target.OfType<JsonObject>().Select(item => item.Copy()).ToList();
        foreach (var item in patch.OfType<JsonObject>())
        {
            var index = result.FindIndex(known => JsonNode.DeepEquals(key(known), key(item)));
            if (item.Text(Directive) == "delete")
            {
                result.RemoveAll(known => JsonNode.DeepEquals(key(known), key(item)));
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

        return Ordered([.. result], [.. patch.Where(item => item.Text(Directive) is null).Select(item => item?.DeepClone())], target, key);
    }

    /// <summary>
    /// Items of the patch in its order, items that only the server has in theirs. Between the two groups the server's order decides where
    /// it knows both.
    /// </summary>
    private static JsonArray Ordered(JsonArray merged, JsonArray asPatched, JsonArray asServed, Func<JsonNode?, JsonNode?> key)
    {
        var (patchedAt, servedAt) = (Places(asPatched, key), Places(asServed, key));
        var items = merged.Select(item => (Item: item, Name: NameOf(key(item)))).ToLookup(item => patchedAt.ContainsKey(item.Name));
        var patched = new Queue<(JsonNode? Item, string Name)>(items[true].OrderBy(item => patchedAt[item.Name]));
        var served = new Queue<(JsonNode? Item, string Name)>(items[false].OrderBy(item => servedAt.GetValueOrDefault(item.Name)));
        var result = new JsonArray();
        while (patched.Count + served.Count > 0)
        {
            var servedFirst =
                patched.Count == 0
                || (
                    served.Count > 0
                    && servedAt.TryGetValue(patched.Peek().Name, out var place)
                    && servedAt.GetValueOrDefault(served.Peek().Name, int.MaxValue) < place
                );
            result.Add((servedFirst ? served : patched).Dequeue().Item?.DeepClone());
        }

        return result;
    }

    private static Dictionary<string, int> Places(JsonArray list, Func<JsonNode?, JsonNode?> key) =>
        list.Index().DistinctBy(item => NameOf(key(item.Item))).ToDictionary(item => NameOf(key(item.Item)), item => item.Index);

    private static string NameOf(JsonNode? key) => key?.ToJsonString() ?? "null";

    /// <summary>The identity of list items: a key field, or the item itself.</summary>
    private static Func<JsonNode?, JsonNode?> KeyOf(Schema schema) =>
        schema.Keys.Count == 0 ? static item => item : item => item.At(schema.PatchKey ?? schema.Keys[0]);

    private static JsonObject Plain(JsonObject patch) =>
        new(patch.Where(pair => !pair.Key.StartsWith('$')).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
}
