using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Json;

namespace MeshPort.Kubernetes;

/// <param name="Pointer">RFC 6901, such as <c>/spec/exportTo</c>.</param>
/// <param name="Manager">The field manager that has set it.</param>
/// <param name="IsOurs">Whether MeshPort has applied it. The next apply then removes it; fields of others need a separate patch.</param>
internal sealed record UnmanagedField(string Pointer, string Manager, bool IsOurs);

/// <summary>
/// Finds the fields of an object that MeshPort does not desire, pure. It reads <c>metadata.managedFields</c>, where values that the API
/// server adds have no manager. A key is <c>f:name</c> for a field, or <c>k:{"port":9000}</c> for an item of a list that is merged by key.
/// Other lists have no parts there.
/// </summary>
internal static class UnmanagedFields
{
    private const string Field = "f:";
    private const string Item = "k:";

    /// <summary>Fields of the spec with any manager, and annotations that MeshPort has set.</summary>
    public static IReadOnlyList<UnmanagedField> Find(JsonObject desired, JsonObject found)
    {
        var leftovers = new List<UnmanagedField>();
        foreach (var entry in found.ManagedFields())
        {
            var manager = entry["manager"]?.GetValue<string>() ?? "";
            var isOurs = ObjectMetadata.IsApplied(entry);
            var pointers = Walk(entry["fieldsV1"]?["f:spec"] as JsonObject, desired["spec"], found["spec"], "/spec");
            if (isOurs)
            {
                pointers = pointers.Concat(
                    Walk(
                        entry["fieldsV1"]?["f:metadata"]?["f:annotations"] as JsonObject,
                        desired.Annotations(),
                        found.Annotations(),
                        "/metadata/annotations"
                    )
                );
            }

            leftovers.AddRange(pointers.Select(pointer => new UnmanagedField(pointer, manager, isOurs)));
        }

        return leftovers;
    }

    /// <summary>Removes items of a list, and fields of items, from its end, since a removal moves the later items up.</summary>
    /// <returns>Null when there is nothing to remove.</returns>
    public static FieldRemoval? Removal(JsonObject found, IEnumerable<UnmanagedField> leftovers) =>
        leftovers.Select(leftover => leftover.Pointer).Distinct().OrderByDescending(Sortable, StringComparer.Ordinal).ToList()
            is { Count: > 0 } pointers
            ? new FieldRemoval(found.ResourceVersion() ?? "", pointers)
            : null;

    /// <summary>The pointer with indexes that sort as text.</summary>
    private static string Sortable(string pointer) =>
        string.Join(
            '/',
            pointer
                .Split('/')
                .Select(name =>
                    int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                        ? index.ToString("D10", CultureInfo.InvariantCulture)
                        : name
                )
        );

    private static IEnumerable<string> Walk(JsonObject? fields, JsonNode? wanted, JsonNode? observed, string pointer)
    {
        foreach (var (key, below) in fields ?? [])
        {
            var (name, asked, has) = key switch
            {
                _ when key.StartsWith(Field, StringComparison.Ordinal) && key[Field.Length..] is var field => (
                    JsonPointer.Escape(field),
                    (wanted as JsonObject)?[field],
                    (observed as JsonObject)?[field]
                ),
                _ when key.StartsWith(Item, StringComparison.Ordinal) && JsonNode.Parse(key[Item.Length..]) is JsonObject keys => (
                    Position(observed, keys),
                    Of(wanted, keys),
                    Of(observed, keys)
                ),
                _ => ("", null, null), // "." is the object itself, "v:" a value of a set
            };
            if (has is null)
            {
                continue;
            }

            if (asked is null)
            {
                yield return $"{pointer}/{name}";
                continue;
            }

            foreach (var deeper in Walk(below as JsonObject, asked, has, $"{pointer}/{name}"))
            {
                yield return deeper;
            }
        }
    }

    private static JsonNode? Of(JsonNode? list, JsonObject keys) => (list as JsonArray ?? []).FirstOrDefault(item => Has(item, keys));

    private static string Position(JsonNode? list, JsonObject keys) =>
        string.Create(CultureInfo.InvariantCulture, $"{(list as JsonArray ?? []).TakeWhile(item => !Has(item, keys)).Count()}");

    private static bool Has(JsonNode? item, JsonObject keys) => keys.All(key => JsonNode.DeepEquals(item?[key.Key], key.Value));
}
