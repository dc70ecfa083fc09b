using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server.Discovery;

namespace MeshPort.Sandbox.Kubernetes.Server.OpenApi;

/// <summary>A kind's <see cref="Schema"/> as OpenAPI, with the extensions that clients use for merge and apply.</summary>
/// <param name="references">The prefix of definitions: <c>#/definitions/</c> or <c>#/components/schemas/</c>.</param>
internal sealed class SchemaDocument(ResourceType type, string references)
{
    public JsonObject Kind(string version)
    {
        var root = Of(type.SchemaOf(version), type.Kind);
        root["x-kubernetes-group-version-kind"] = GroupVersionKind(type, version, type.Kind);
        return root;
    }

    public JsonObject List(string version) =>
        new()
        {
            ["description"] = $"{type.Kind}List is a list of {type.Kind} objects.",
            ["type"] = "object",
            ["required"] = new JsonArray("items"),
            ["properties"] = new JsonObject
            {
                ["apiVersion"] = Property(Schema.Text, $"{type.Kind}.apiVersion"),
                ["items"] = new JsonObject { ["type"] = "array", ["items"] = Reference(DefinitionNames.Of(type, version)) },
                ["kind"] = Property(Schema.Text, $"{type.Kind}.kind"),
                ["metadata"] = Reference(DefinitionNames.ListMeta),
            },
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(type, version, $"{type.Kind}List"),
        };

    public JsonObject Metadata() => Of(type.Schema.Child("metadata") ?? Schema.Any, "ObjectMeta");

    public static JsonArray GroupVersionKind(ResourceType type, string version, string kind) =>
        [
            new JsonObject
            {
                ["group"] = type.GroupOf(version),
                ["version"] = ResourceType.NameOf(version),
                ["kind"] = kind,
            },
        ];

    private JsonObject Of(Schema schema, string path)
    {
        var document = new JsonObject();
        if (Descriptions.Of(path) is { } description)
        {
            document["description"] = description;
        }

        switch (schema.Kind)
        {
            case SchemaKind.String or SchemaKind.Quantity:
                document["type"] = "string";
                break;
            case SchemaKind.Integer:
                document["type"] = "integer";
                document["format"] = "int64";
                break;
            case SchemaKind.Number:
                document["type"] = "number";
                document["format"] = "double";
                break;
            case SchemaKind.Boolean:
                document["type"] = "boolean";
                break;
            case SchemaKind.IntOrString:
                document["type"] = "string";
                document["format"] = "int-or-string";
                break;
            case SchemaKind.Struct:
                Fields(document, schema, path);
                break;
            case SchemaKind.Map:
                document["type"] = "object";
                document["additionalProperties"] = Of(schema.Item ?? Schema.Any, path + "[]");
                break;
            case SchemaKind.List:
                document["type"] = "array";
                document["items"] = Of(schema.Item ?? Schema.Any, path + "[]");
                Merging(document, schema);
                break;
            default:
                document["x-kubernetes-preserve-unknown-fields"] = true;
                break;
        }

        if (schema.Nullable)
        {
            document["nullable"] = true;
        }

        if (schema.PreserveUnknown)
        {
            document["x-kubernetes-preserve-unknown-fields"] = true;
        }

        if (schema.Constraints is { } constraints)
        {
            Constrain(document, constraints);
        }

        return document;
    }

    /// <summary>The constraints that clients read. The server checks the others as well.</summary>
    private static void Constrain(JsonObject document, SchemaConstraints constraints)
    {
        (string Name, JsonNode? Value)[] known =
        [
            ("minimum", constraints.Minimum),
            ("maximum", constraints.Maximum),
            ("minLength", constraints.MinLength),
            ("maxLength", constraints.MaxLength),
            ("minItems", constraints.MinItems),
            ("maxItems", constraints.MaxItems),
            ("default", constraints.Default?.DeepClone()),
            ("pattern", constraints.PatternText.Length > 0 ? constraints.PatternText : null),
            ("enum", constraints.Enum.Count > 0 ? new JsonArray([.. constraints.Enum.Select(value => value.DeepClone())]) : null),
        ];
        foreach (var (name, value) in known.Where(constraint => constraint.Value is not null))
        {
            document[name] = value;
        }
    }

    private void Fields(JsonObject document, Schema schema, string path)
    {
        document["type"] = "object";
        document["properties"] = new JsonObject(
            schema.Fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)Property(field.Value, $"{path}.{field.Key}")))
        );
        if (schema.Required.Count > 0)
        {
            document["required"] = GroupDocuments.Texts(schema.Required);
        }

        if (schema.Atomic)
        {
            document["x-kubernetes-map-type"] = "atomic";
        }
    }

    private JsonObject Property(Schema schema, string path)
    {
        if (path != $"{type.Kind}.metadata")
        {
            return Of(schema, path);
        }

        var metadata = Reference(DefinitionNames.ObjectMeta);
        metadata["description"] = Descriptions.Of(path);
        return metadata;
    }

    private JsonObject Reference(string definition) => new() { ["$ref"] = references + definition };

    private void Merging(JsonObject document, Schema schema)
    {
        document["x-kubernetes-list-type"] =
            schema.Keys.Count > 0 ? "map"
            : schema.Set ? "set"
            : "atomic";
        if (schema.Keys.Count > 0)
        {
            document["x-kubernetes-list-map-keys"] = GroupDocuments.Texts(schema.Keys);
        }

        if (type.Custom || (schema.Keys.Count == 0 && !schema.Set))
        {
            return; // custom resources have no strategic merge patch
        }

        document["x-kubernetes-patch-strategy"] = "merge";
        if (schema.Keys.Count > 0)
        {
            document["x-kubernetes-patch-merge-key"] = schema.PatchKey ?? schema.Keys[0];
        }
    }
}
