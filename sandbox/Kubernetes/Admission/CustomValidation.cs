using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Checks a custom resource against its definition's schema: first the structure, then the CEL rules unless a structural error blocks them.
/// Errors are worded as by the API server (kube-semantics, section 3).
/// </summary>
internal static class CustomValidation
{
    private static readonly string[] Blocking =
    [
        "FieldValueNotSupported",
        "FieldValueRequired",
        "FieldValueTooLong",
        "FieldValueTooMany",
        "FieldValueTypeInvalid",
    ];

    public static IReadOnlyList<Cause> Check(Schema schema, JsonObject? before, JsonObject body)
    {
        var causes = new List<Cause>();
        foreach (var name in schema.Required.Where(name => body[name] is null))
        {
            causes.Add(Cause.Missing(name));
        }

        var parts = schema
            .Fields.Where(pair => pair.Key is not ("apiVersion" or "kind" or "metadata") && body[pair.Key] is not null)
            .ToArray();
        foreach (var (name, field) in parts)
        {
            Structure(body[name], field, name, causes);
        }

        if (!schema.HasRules)
        {
            return causes;
        }

        if (causes.Any(cause => Blocking.Contains(cause.Reason)))
        {
            return
            [
                .. causes,
                Cause.Invalid(
                    "<nil>",
                    "null",
                    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
                        + "validation"
                ),
            ];
        }

        foreach (var (name, field) in parts)
        {
            Rules(body[name], before?[name], field, name, causes);
        }

        return causes;
    }

    private static void Structure(JsonNode? value, Schema schema, string path, List<Cause> causes)
    {
        if (value is null)
        {
            if (!schema.Nullable && schema.Kind != SchemaKind.Any)
            {
                causes.Add(OfType(schema.Kind, "null", path));
            }

            return;
        }

        if (schema.Kind != SchemaKind.Any && !SchemaValidation.Fits(value, schema.Kind))
        {
            causes.Add(OfType(schema.Kind, SchemaValidation.Describe(value), path));
            return;
        }

        switch (value)
        {
            case JsonObject map:
                foreach (var name in schema.Required.Where(name => !map.ContainsKey(name)))
                {
                    causes.Add(Cause.Missing(Join(path, name)));
                }

                foreach (var (name, child) in map)
                {
                    Structure(child, Below(schema, name), Join(path, name), causes);
                }

                break;
            case JsonArray list when schema.Item is { } item:
                for (var index = 0; index < list.Count; index++)
                {
                    Structure(list[index], item, $"{path}[{index}]", causes);
                }

                break;
        }

        if (schema.Constraints is { } constraints)
        {
            causes.AddRange(Values(value, constraints, path));
        }
    }

    /// <summary>A clause of oneOf and the like names fields without being a struct.</summary>
    private static Schema Below(Schema schema, string name) => schema.Fields.GetValueOrDefault(name) ?? schema.Child(name) ?? Schema.Any;

    private static IEnumerable<Cause> Values(JsonNode value, SchemaConstraints all, string path)
    {
        if (all.Enum.Count > 0 && !all.Enum.Any(allowed => JsonNode.DeepEquals(allowed, value)))
        {
            yield return new Cause(
                "FieldValueNotSupported",
                $"Unsupported value: {Text(value)}: supported values: {string.Join(", ", all.Enum.Select(Text))}",
                path
            );
        }

        foreach (var cause in Sizes(value, all, path))
        {
            yield return cause;
        }

        if (value.GetValueKind() == JsonValueKind.String)
        {
            var text = value.GetValue<string>();
            if (all.Pattern?.IsMatch(text) == false)
            {
                yield return Cause.Invalid(path, Text(value), $"{path} in body should match '{all.PatternText}'");
            }

            if (all.Format is { } format && !HasFormat(text, format))
            {
                yield return Cause.Invalid(path, Text(value), $"{path} in body must be of type {format}: {Text(value)}");
            }
        }
        else if (value.GetValueKind() == JsonValueKind.Number)
        {
            var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
            if (number < all.Minimum)
            {
                yield return Cause.Invalid(path, Text(value), $"{path} in body should be greater than or equal to {Bound(all.Minimum)}");
            }

            if (number > all.Maximum)
            {
                yield return Cause.Invalid(path, Text(value), $"{path} in body should be less than or equal to {Bound(all.Maximum)}");
            }
        }

        foreach (var text in Clauses(value, all, path))
        {
            yield return Cause.Invalid(path, "\"\"", text);
        }
    }

    private static IEnumerable<Cause> Sizes(JsonNode value, SchemaConstraints all, string path)
    {
        switch (value)
        {
            case JsonArray list when list.Count > all.MaxItems:
                yield return TooMany(list.Count, all.MaxItems, path);
                break;
            case JsonArray list when list.Count < all.MinItems:
                yield return Cause.Invalid(path, $"{list.Count}", $"{path} in body should have at least {all.MinItems} items");
                break;
            case JsonObject map when map.Count > all.MaxProperties:
                yield return TooMany(map.Count, all.MaxProperties, path);
                break;
            case JsonObject map when map.Count < all.MinProperties:
                yield return Cause.Invalid(path, $"{map.Count}", $"{path} in body should have at least {all.MinProperties} properties");
                break;
            case JsonValue
                when value.GetValueKind() == JsonValueKind.String
                    && new StringInfo(value.GetValue<string>()).LengthInTextElements is var length:
                if (length > all.MaxLength)
                {
                    yield return new Cause("FieldValueTooLong", $"Too long: may not be more than {all.MaxLength} bytes", path);
                }

                if (length < all.MinLength)
                {
                    yield return Cause.Invalid(path, Text(value), $"{path} in body should be at least {all.MinLength} chars long");
                }

                break;
        }
    }

    private static IEnumerable<string> Clauses(JsonNode value, SchemaConstraints all, string path)
    {
        if (all.AllOf.Any(clause => !Holds(value, clause)))
        {
            yield return $"\"{path}\" must validate all the schemas (allOf)";
        }

        if (all.AnyOf.Count > 0 && !all.AnyOf.Any(clause => Holds(value, clause)))
        {
            yield return $"\"{path}\" must validate at least one schema (anyOf)";
        }

        if (all.OneOf.Count > 0 && all.OneOf.Count(clause => Holds(value, clause)) is var held and not 1)
        {
            yield return $"\"{path}\" must validate one and only one schema (oneOf). Found "
                + $"{(held == 0 ? "none valid" : $"{held} valid alternatives")}";
        }

        if (all.Not is { } not && Holds(value, not))
        {
            yield return $"\"{path}\" must not validate the schema (not)";
        }
    }

    private static bool Holds(JsonNode value, Schema clause)
    {
        var causes = new List<Cause>();
        Structure(value, clause, "", causes);
        return causes.Count == 0;
    }

    private static void Rules(JsonNode? value, JsonNode? before, Schema schema, string path, List<Cause> causes)
    {
        if (value is null || !schema.HasRules)
        {
            return;
        }

        foreach (var rule in schema.Constraints?.Rules ?? [])
        {
            if ((!rule.IsTransition || before is not null) && rule.Refusal(value, before) is { } why)
            {
                causes.Add(Cause.Invalid(path, $"\"{SchemaValidation.Describe(value)}\"", why));
            }
        }

        if (value is JsonObject map)
        {
            foreach (var (name, child) in map)
            {
                Rules(child, before.At(name), Below(schema, name), Join(path, name), causes);
            }
        }
        else if (value is JsonArray list && schema.Item is { } item)
        {
            for (var index = 0; index < list.Count; index++)
            {
                Rules(list[index], null, item, $"{path}[{index}]", causes); // items of an atomic list have no previous value
            }
        }
    }

    private static bool HasFormat(string text, string format) =>
        format switch
        {
            "ipv4" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork,
            "ipv6" => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6,
            "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            _ => Convert.TryFromBase64String(text, new byte[text.Length], out _),
        };

    private static Cause OfType(SchemaKind kind, string got, string path) =>
        new(
            "FieldValueTypeInvalid",
            $"Invalid value: \"{got}\": {path} in body must be of type {SchemaValidation.Wanted(kind)}: \"{got}\"",
            path
        );

    private static Cause TooMany(int count, int? most, string path) =>
        new("FieldValueTooMany", $"Too many: {count}: must have at most {most} items", path);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Text(JsonNode value) => value.ToJsonString(Plain);

    private static string Bound(double? value) => value?.ToString("0.################", CultureInfo.InvariantCulture) ?? "";

    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
