using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Definitions.Cel;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Definitions;

/// <summary>Reads the OpenAPI v3 schema of a custom resource definition. An unknown keyword is an error; none is ignored.</summary>
internal static class OpenApiReader
{
    private static readonly HashSet<string> Known =
    [
        "type",
        "properties",
        "additionalProperties",
        "items",
        "required",
        "nullable",
        "default",
        "enum",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-map-type",
        "x-kubernetes-validations",
    ];

    public static Schema Read(JsonNode? node)
    {
        var map = node as JsonObject ?? [];
        if (map.FirstOrDefault(pair => !Known.Contains(pair.Key)).Key is { } unknown)
        {
            throw new NotSupportedException($"The schema keyword {unknown} is not supported.");
        }

        var schema = Shape(map);
        var constraints = Constraints(map);
        var below = schema.Fields.Values.Append(schema.Item).OfType<Schema>().ToArray();
        return schema with
        {
            Nullable = map.Flag("nullable") == true,
            Required = [.. map.Items("required").Select(name => name.ToString())],
            Constraints = constraints,
            HasRules = constraints is { Rules.Count: > 0 } || below.Any(child => child.HasRules),
            HasDefaults = constraints is { Default: not null } || below.Any(child => child.HasDefaults),
        };
    }

    private static Schema Shape(JsonObject map)
    {
        if (map.Flag("x-kubernetes-int-or-string") == true)
        {
            return Schema.IntOrString;
        }

        var open = map.Flag("x-kubernetes-preserve-unknown-fields") == true;
        var fields = (map["properties"] as JsonObject ?? []).ToDictionary(
            pair => pair.Key,
            pair => Read(pair.Value),
            StringComparer.Ordinal
        );
        return map.Text("type") switch
        {
            "object" when map["additionalProperties"] is JsonObject values => Schema.Map(Read(values)),
            "object" when fields.Count > 0 || !open => new Schema(SchemaKind.Struct)
            {
                Fields = fields,
                PreserveUnknown = open,
                Atomic = map.Text("x-kubernetes-map-type") == "atomic",
            },
            "array" => new Schema(SchemaKind.List)
            {
                Item = Read(map["items"]),
                Atomic = map.Text("x-kubernetes-list-type") is null or "atomic",
                Set = map.Text("x-kubernetes-list-type") == "set",
                Keys = [.. map.Items("x-kubernetes-list-map-keys").Select(key => key.ToString())],
            },
            "string" => Schema.Text,
            "integer" => Schema.Integer,
            "number" => Schema.Real,
            "boolean" => Schema.Flag,
            _ => Schema.Any with { Fields = fields }, // a clause of oneOf and the like, or an object with free content
        };
    }

    private static SchemaConstraints? Constraints(JsonObject map)
    {
        var pattern = map.Text("pattern");
        var constraints = new SchemaConstraints
        {
            Enum = [.. map.Items("enum")],
            Pattern = pattern is null ? null : new Regex(pattern, RegexOptions.CultureInvariant),
            PatternText = pattern ?? "",
            Format = map.Text("format") is "ipv4" or "ipv6" or "date-time" or "byte" ? map.Text("format") : null,
            Minimum = Number(map, "minimum"),
            Maximum = Number(map, "maximum"),
            MinLength = (int?)map.Number("minLength"),
            MaxLength = (int?)map.Number("maxLength"),
            MinItems = (int?)map.Number("minItems"),
            MaxItems = (int?)map.Number("maxItems"),
            MinProperties = (int?)map.Number("minProperties"),
            MaxProperties = (int?)map.Number("maxProperties"),
            Default = map["default"],
            AllOf = [.. map.Items("allOf").Select(Read)],
            AnyOf = map.Flag("x-kubernetes-int-or-string") == true ? [] : [.. map.Items("anyOf").Select(Read)],
            OneOf = [.. map.Items("oneOf").Select(Read)],
            Not = map["not"] is { } not ? Read(not) : null,
            Rules = [.. map.Items("x-kubernetes-validations").Select(CelRule.Read)],
        };
        return constraints == Nothing || Empty(constraints) ? null : constraints;
    }

    private static readonly SchemaConstraints Nothing = new();

    /// <summary>Records compare lists by reference, so each list is checked for emptiness.</summary>
    private static bool Empty(SchemaConstraints all) =>
        all.Enum.Count + all.AllOf.Count + all.AnyOf.Count + all.OneOf.Count + all.Rules.Count == 0
        && (all with { Enum = Nothing.Enum, AllOf = Nothing.AllOf, AnyOf = Nothing.AnyOf, OneOf = Nothing.OneOf, Rules = Nothing.Rules })
            == Nothing;

    private static double? Number(JsonObject map, string name) =>
        map[name] is JsonValue value
        && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
