using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;

namespace MeshPort.Host.Environments;

/// <summary>
/// Makes the JSON Schema (draft 2020-12) of environment files for editors: docs/environment.schema.json. The rules are those that the
/// validators apply (<see cref="FieldRules"/>), the defaults those that they fill in, and the texts come from <see cref="FieldNote"/>. The
/// schema refuses nothing that the validators accept. Only they know rules that a schema cannot express.
/// </summary>
internal static class EnvironmentSchema
{
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";
    internal const string Id = "https://raw.githubusercontent.com/meshport/meshport/main/docs/environment.schema.json";
    private const int LastPort = 65535;

    private static readonly JsonSerializerOptions Layout = new(MeshPortJson.Options) { WriteIndented = true, NewLine = "\n" };

    public static string Write() => $"{Root().ToJsonString(Layout)}\n";

    private static JsonObject Root() =>
        new()
        {
            ["$schema"] = Dialect,
            ["$id"] = Id,
            ["title"] = "MeshPort environment",
            ["description"] = "One cluster and its exposures. MeshPort makes the ports reachable from outside and keeps them so.",
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new JsonArray("subscriptionId", "resourceGroup", "cluster", "exposures"),
            ["properties"] = new JsonObject
            {
                ["subscriptionId"] = Name(
                    "Subscription",
                    "The id of the Azure subscription. Any GUID works in the sandbox.",
                    "00000000-0000-0000-0000-000000000000",
                    ClusterId.SubscriptionPattern
                ),
                ["resourceGroup"] = Name(
                    "Resource group",
                    "The resource group. MeshPort creates one that does not exist.",
                    "istiotest",
                    ClusterId.ResourceGroupPattern
                ),
                ["cluster"] = Resource(
                    "Cluster",
                    "The cluster.",
                    Name("Name", "The name of the cluster.", "istiotest", ClusterId.NamePattern),
                    Cluster()
                ),
                ["exposures"] = new JsonObject
                {
                    ["title"] = "Exposures",
                    ["description"] = "The ports that MeshPort makes reachable. Each has its own name.",
                    ["type"] = "array",
                    ["items"] = Resource(
                        "Exposure",
                        "A port that MeshPort makes reachable.",
                        Text(ExposureValidator.Name, Explained("Name", "The name of the exposure.", "\"tcpecho\"", null), "string"),
                        Exposure()
                    ),
                },
            },
        };

    private static JsonObject Name(string title, string description, string example, string pattern) =>
        Text(new TextRule(_ => null) { Pattern = pattern }, Explained(title, description, MeshPortJson.Write(example), null), "string");

    private static JsonObject Resource(string title, string description, JsonObject name, JsonObject spec) =>
        new()
        {
            ["title"] = title,
            ["description"] = description,
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new JsonArray("name", "spec"),
            ["properties"] = new JsonObject { ["name"] = name, ["spec"] = spec },
        };

    private static JsonObject Cluster()
    {
        var rules = new FieldRules();
        ClusterValidator.Validate(EveryField(FieldNote.OfCluster), rules);
        var least = ClusterValidator.Validate(JsonElement.Parse("""{"location":"eastus2","features":[{"name":"any"}]}"""));
        var spec = Spec("The desired state of the cluster.", FieldNote.OfCluster, rules, Default(least));
        FieldCombinations.OfCluster(spec);
        return spec;
    }

    private static JsonObject Exposure()
    {
        var rules = new FieldRules();
        ExposureValidator.Validate(EveryField(FieldNote.OfExposure), rules);
        var least = ExposureValidator.Validate(
            JsonElement.Parse(
                """{"port":9000,"backends":[{"service":"any","port":9000}],"workload":{"image":"any","containerPort":9000}}"""
            )
        );
        var spec = Spec("The desired state of the exposure.", FieldNote.OfExposure, rules, Default(least));
        spec["properties"]!["port"]!["not"] = new JsonObject { ["anyOf"] = new JsonArray([.. ReservedPorts()]) }; // see above
        // These are no defaults: they come from the document above.
        spec["properties"]!["port"]!.AsObject().Remove("default");
        spec["properties"]!["backends"]!["items"]!["properties"]!["port"]!.AsObject().Remove("default");
        FieldCombinations.OfExposure(spec);
        return spec;
    }

    private static JsonElement EveryField(IEnumerable<FieldNote> notes) => JsonSerializer.SerializeToElement(FieldNote.Document(notes));

    private static JsonNode Default<T>(Validated<T> least)
        where T : class =>
        JsonSerializer.SerializeToNode(least.Value, MeshPortJson.Options)
        ?? throw new InvalidOperationException("The document with the required fields is not valid.");

    private static IEnumerable<JsonObject> ReservedPorts()
    {
        for (var first = 1; first <= LastPort; first++)
        {
            var last = first;
            while (last <= LastPort && GatewayPort.Refusal(last) is not null)
            {
                last++;
            }

            if (last > first)
            {
                yield return new JsonObject { ["minimum"] = first, ["maximum"] = last - 1 };
                first = last;
            }
        }
    }

    private static JsonObject Spec(string description, IReadOnlyList<FieldNote> notes, FieldRules rules, JsonNode defaults)
    {
        if (rules.All.Keys.Except(notes.Select(note => note.Pointer)).FirstOrDefault() is { } unknown)
        {
            throw new InvalidOperationException($"{nameof(FieldNote)} does not explain {unknown}.");
        }

        var spec = new JsonObject
        {
            ["title"] = "Specification",
            ["description"] = description,
            ["type"] = "object",
        };
        AddFields(spec, "", notes, rules, defaults);
        return spec;
    }

    private static void AddFields(JsonObject schema, string parent, IReadOnlyList<FieldNote> notes, FieldRules rules, JsonNode? defaults)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var note in notes.Where(note => note.Pointer[..note.Pointer.LastIndexOf('/')] == parent))
        {
            var (name, rule) = (note.Pointer[(parent.Length + 1)..], rules.All[note.Pointer]);
            var value = (defaults as JsonObject)?[name];
            var isList = rule.Kind == FieldKind.ObjectList;
            var field = Field(rule, Explained(note.Title, note.Description, note.Example, rule.IsRequired ? null : value));
            if (isList)
            {
                var items = new JsonObject { ["type"] = "object" };
                AddFields(items, $"{note.Pointer}/0", notes, rules, (value as JsonArray)?.FirstOrDefault());
                field["items"] = items;
            }
            else if (rule.Kind == FieldKind.Object)
            {
                AddFields(field, note.Pointer, notes, rules, value);
            }

            properties[name] = field;
            if (rule.IsRequired)
            {
                required.Add(name);
            }
        }

        schema["additionalProperties"] = false;
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        schema["properties"] = properties;
        if (rules.Alternatives.TryGetValue(parent, out var fields))
        {
            schema["oneOf"] = new JsonArray([.. fields.Select(field => Only(field, fields)).Prepend(new JsonObject { ["type"] = "null" })]);
        }
    }

    private static JsonObject Only(string field, IReadOnlyList<string> fields) =>
        new()
        {
            ["type"] = "object",
            ["required"] = new JsonArray(field),
            ["properties"] = new JsonObject(
                fields.Select(other =>
                    KeyValuePair.Create(
                        other,
                        (JsonNode?)(
                            other == field
                                ? new JsonObject { ["not"] = new JsonObject { ["type"] = "null" } }
                                : new JsonObject { ["type"] = "null" }
                        )
                    )
                )
            ),
        };

    private static JsonObject Explained(string title, string description, string? example, JsonNode? value)
    {
        var field = new JsonObject { ["title"] = title, ["description"] = description };
        if (value is JsonValue or JsonArray { Count: > 0 } and not [JsonObject, ..])
        {
            field["default"] = value.DeepClone();
        }

        if (example is not null)
        {
            field["examples"] = new JsonArray(JsonNode.Parse(example));
        }

        return field;
    }

    private static JsonObject Field(FieldRule rule, JsonObject field)
    {
        switch (rule.Kind)
        {
            case FieldKind.Text:
                return Text(rule.Text, field, Type(rule, "string"));
            case FieldKind.Duration:
                return Text(new TextRule(_ => null) { Pattern = @"^\s*P[0-9T]" }, field, Type(rule, "string"));
            case FieldKind.Choice:
                field["enum"] = Choices(rule, rule.IsRequired ? [] : [null]);
                return field;
            case FieldKind.Number:
                field["type"] = Type(rule, "integer");
                (field["minimum"], field["maximum"]) = (rule.Least, rule.Most);
                return field;
            case FieldKind.Flag:
                field["type"] = Type(rule, "boolean");
                return field;
            case FieldKind.Object or FieldKind.Json:
                field["type"] = Type(rule, "object");
                return field;
            case FieldKind.TextMap:
                field["type"] = Type(rule, "object");
                Limit(field, rule, "Properties");
                Set(field, "propertyNames", rule.Names?.Pattern is null ? null : Text(rule.Names, [], "string"));
                field["additionalProperties"] = Text(rule.Text, [], new JsonArray("string", "null"));
                return field;
            case FieldKind.QuantityMap:
                field["type"] = Type(rule, "object");
                Limit(field, rule, "Properties");
                field["propertyNames"] = Text(rule.Names, [], "string");
                field["additionalProperties"] = new JsonObject
                {
                    ["type"] = new JsonArray("string", "number", "null"),
                    ["minimum"] = 0,
                    ["pattern"] = rule.Text?.Pattern,
                };
                return field;
            case FieldKind.PortList:
                field["type"] = Type(rule, "array");
                Limit(field, rule, "Items");
                field["items"] = new JsonObject
                {
                    ["type"] = new JsonArray("integer", "string"),
                    ["minimum"] = 1,
                    ["maximum"] = LastPort,
                    ["pattern"] = @"^\s*[0-9]{1,5}\s*(-\s*[0-9]{1,5}\s*)?$",
                };
                return field;
            case FieldKind.ObjectList or FieldKind.TextList or FieldKind.ChoiceList:
                field["type"] = Type(rule, "array");
                Limit(field, rule, "Items");
                Set(field, "uniqueItems", rule.IsDistinct ? true : null);
                field["items"] =
                    rule.Kind == FieldKind.ChoiceList ? new JsonObject { ["enum"] = Choices(rule, []) } : Text(rule.Text, [], "string");
                return field;
            default:
                throw new InvalidOperationException($"{rule.Kind} is unknown.");
        }
    }

    /// <summary>A missing field may also be null, which is what YAML makes of a name without a value.</summary>
    private static JsonNode Type(FieldRule rule, string type) => rule.IsRequired ? type : new JsonArray(type, "null");

    private static JsonArray Choices(FieldRule rule, IEnumerable<string?> others) =>
        [.. (rule.Choices ?? []).Concat(others).Select(choice => choice is null ? null : JsonValue.Create(choice))];

    private static void Limit(JsonObject field, FieldRule rule, string things)
    {
        Set(field, $"min{things}", rule.Least);
        Set(field, $"max{things}", rule.Most);
    }

    private static JsonObject Text(TextRule? rule, JsonObject field, JsonNode type)
    {
        field["type"] = type;
        Set(field, "pattern", rule?.Pattern);
        Set(field, "minLength", rule?.Shortest);
        Set(field, "maxLength", rule?.Longest);
        return field;
    }

    private static void Set(JsonObject field, string keyword, JsonNode? value)
    {
        if (value is not null)
        {
            field[keyword] = value;
        }
    }
}
