using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>The difference between two values of one schema. Added and removed nodes include everything below them.</summary>
internal sealed record Comparison(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    public bool Same => Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;
}

/// <summary>
/// Field sets, comparison, merge and removal for schema-typed JSON, after structured-merge-diff (sigs.k8s.io/structured-merge-diff, typed
/// package).
/// </summary>
internal static class TypedValue
{
    /// <summary>The fields that a configuration sets.</summary>
    public static FieldSet Fields(JsonNode? value, Schema schema)
    {
        var set = new FieldSet();
        Collect(value, schema, set, item: true);
        return set;
    }

    public static Comparison Compare(JsonNode? before, JsonNode? after, Schema schema)
    {
        var result = new Comparison(new FieldSet(), new FieldSet(), new FieldSet());
        Compare(before, after, schema, result);
        return result;
    }

    /// <summary>Returns a new value and changes neither side.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? config, Schema schema)
    {
        if (config is null)
        {
            return live?.DeepClone();
        }

        if (live is null || schema.IsLeaf || live.GetType() != config.GetType())
        {
            return config.DeepClone();
        }

        return config is JsonObject wanted && live is JsonObject present ? MergeFields(present, wanted, schema)
            : config is JsonArray list ? MergeItems((JsonArray)live, list, schema)
            : config.DeepClone();
    }

    private static JsonObject MergeFields(JsonObject live, JsonObject config, Schema schema)
    {
        var merged = new JsonObject();
        foreach (var (name, child) in live)
        {
            merged[name] = config.TryGetPropertyValue(name, out var wanted)
                ? Merge(child, wanted, schema.Child(name) ?? Schema.Any)
                : child?.DeepClone();
        }

        foreach (var (name, child) in config)
        {
            if (!merged.ContainsKey(name))
            {
                merged[name] = child?.DeepClone();
            }
        }

        return merged;
    }

    /// <summary>Existing items keep their place; new ones are appended.</summary>
    private static JsonArray MergeItems(JsonArray live, JsonArray config, Schema schema)
    {
        var asked = ListKeys.ByElement(config, schema);
        var wanted = new Dictionary<string, JsonNode?>(asked.Count, StringComparer.Ordinal);
        foreach (var (element, value) in asked)
        {
            wanted.TryAdd(element, value);
        }

        var merged = new JsonArray();
        foreach (var (element, value) in ListKeys.ByElement(live, schema))
        {
            merged.Add(wanted.Remove(element, out var change) ? Merge(value, change, schema.Item ?? Schema.Any) : value?.DeepClone());
        }

        foreach (var (element, value) in asked)
        {
            if (wanted.ContainsKey(element))
            {
                merged.Add(value?.DeepClone());
            }
        }

        return merged;
    }

    /// <summary>
    /// Removes the members of a set from a value in place, with everything below them and containers that become empty. A field of a struct
    /// goes with its default values when nobody owns a part of it (structured-merge-diff, EnsureNamedFieldsAreMembers).
    /// </summary>
    /// <param name="kept">The paths that somebody owns.</param>
    public static void Without(JsonNode? value, FieldSet set, FieldSet kept, Schema schema)
    {
        if (schema.IsLeaf)
        {
            return;
        }

        switch (value)
        {
            case JsonObject map:
                foreach (var (element, child) in set.Children)
                {
                    var name = element[2..];
                    var owned = kept.Find(element) ?? FieldSet.Nothing;
                    if (
                        (child.Member && child.Children.Count == 0)
                        || (schema.Kind == SchemaKind.Struct && schema.Child(name) is not null && owned.IsEmpty)
                    )
                    {
                        map.Remove(name);
                    }
                    else if (map.TryGetPropertyValue(name, out var inner))
                    {
                        Without(inner, child, owned, schema.Child(name) ?? Schema.Any);
                        if (inner is null or JsonObject { Count: 0 } or JsonArray { Count: 0 })
                        {
                            map.Remove(name);
                        }
                    }
                }

                break;
            case JsonArray list:
                var elements = ListKeys.ByElement(list, schema);
                for (var index = elements.Count - 1; index >= 0; index--)
                {
                    if (set.Find(elements[index].Element) is not { } child)
                    {
                        continue;
                    }

                    if (child.Member)
                    {
                        list.RemoveAt(index);
                    }
                    else
                    {
                        Without(list[index], child, kept.Find(elements[index].Element) ?? FieldSet.Nothing, schema.Item ?? Schema.Any);
                    }
                }

                break;
        }
    }

    private static void Collect(JsonNode? value, Schema schema, FieldSet set, bool item)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map when !schema.IsLeaf:
                foreach (var (name, child) in map)
                {
                    var below = new FieldSet();
                    Collect(child, schema.Child(name) ?? Schema.Any, below, item: false);
                    Attach(set, FieldSet.Field(name), below);
                }

                break;
            case JsonArray { Count: > 0 } list when !schema.IsLeaf:
                foreach (var (element, child) in ListKeys.ByElement(list, schema))
                {
                    var node = set.Child(element);
                    node.Member = true;
                    Collect(child, schema.Item ?? Schema.Any, node, item: true);
                }

                break;
            case JsonArray { Count: 0 } when !schema.IsLeaf:
                break; // names no item (measured: point 1, a5)
            default:
                set.Member |= !item || value is JsonValue;
                break;
        }
    }

    private static void Everything(JsonNode? value, Schema schema, FieldSet set)
    {
        set.Member = true;
        if (value is JsonObject map && !schema.IsLeaf)
        {
            foreach (var (name, child) in map)
            {
                Everything(child, schema.Child(name) ?? Schema.Any, set.Child(FieldSet.Field(name)));
            }
        }
        else if (value is JsonArray list && !schema.IsLeaf)
        {
            foreach (var (element, child) in ListKeys.ByElement(list, schema))
            {
                Everything(child, schema.Item ?? Schema.Any, set.Child(element));
            }
        }
    }

    private static void Compare(JsonNode? before, JsonNode? after, Schema schema, Comparison result)
    {
        if (before is JsonObject oldMap && after is JsonObject newMap && !schema.IsLeaf)
        {
            CompareChildren(
                [.. oldMap.Select(pair => (FieldSet.Field(pair.Key), pair.Value))],
                [.. newMap.Select(pair => (FieldSet.Field(pair.Key), pair.Value))],
                element => schema.Child(element[2..]) ?? Schema.Any,
                result
            );
        }
        else if (before is JsonArray oldList && after is JsonArray newList && !schema.IsLeaf)
        {
            CompareChildren(
                ListKeys.ByElement(oldList, schema),
                ListKeys.ByElement(newList, schema),
                _ => schema.Item ?? Schema.Any,
                result
            );
        }
        else if (!JsonNode.DeepEquals(before, after))
        {
            result.Modified.Member = true;
        }
    }

    private static void CompareChildren(
        IReadOnlyList<(string Element, JsonNode? Value)> before,
        IReadOnlyList<(string Element, JsonNode? Value)> after,
        Func<string, Schema> schema,
        Comparison result
    )
    {
        var old = new Dictionary<string, JsonNode?>(before.Count, StringComparer.Ordinal);
        foreach (var (element, value) in before)
        {
            old.TryAdd(element, value);
        }

        foreach (var (element, value) in after)
        {
            if (!old.Remove(element, out var previous))
            {
                Everything(value, schema(element), result.Added.Child(element));
                continue;
            }

            if (JsonNode.DeepEquals(previous, value))
            {
                continue; // skips most items of a long list
            }

            var below = Compare(previous, value, schema(element));
            Attach(result.Added, element, below.Added);
            Attach(result.Modified, element, below.Modified);
            Attach(result.Removed, element, below.Removed);
        }

        foreach (var (element, value) in old)
        {
            Everything(value, schema(element), result.Removed.Child(element));
        }
    }

    private static void Attach(FieldSet parent, string element, FieldSet child)
    {
        if (child.IsEmpty)
        {
            return;
        }

        parent.Attach(element, child);
    }
}
