using System.Text.Json;
using System.Xml;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Reads one JSON object field by field, and collects every error with its pointer instead of stopping at the first. A missing or null
/// field yields the default; a field of the wrong type yields an error and the default. Call <see cref="RefuseUnknown"/> last.
/// </summary>
internal sealed partial class SpecReader(JsonElement element, string pointer, List<FieldError> errors, FieldRules? rules = null)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string Pointer => pointer;

    /// <param name="rules">Records the rules of all fields that are read; null records nothing.</param>
    public static SpecReader? Root(JsonElement element, List<FieldError> errors, FieldRules? rules = null)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            return new SpecReader(element, "", errors, rules);
        }

        errors.Add(new FieldError("", "WrongType", $"The spec is {Article(element.ValueKind)}. Write a JSON object."));
        return null;
    }

    /// <summary>The names of all fields of the object.</summary>
    public IEnumerable<string> Names() => element.EnumerateObject().Select(property => property.Name).Distinct(StringComparer.Ordinal);

    /// <param name="path">The field within this object: its name, or name/index.</param>
    public void Error(string path, string code, string detail) => errors.Add(new FieldError($"{pointer}/{path}", code, detail));

    public bool Has(string name) => Find(name, out _);

    public JsonElement? Raw(string name) => Find(name, out var value) ? value : null;

    public string? Text(string name, bool required = false, TextRule? check = null)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Text, required, check));
        return ReadText(name, required, check);
    }

    public int? Number(string name, int from, int to, bool required = false)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Number, required, Least: from, Most: to));
        if (!Find(name, out var value))
        {
            Missing(name, required);
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
        {
            WrongType(name, value, $"a whole number from {from} to {to}");
            return null;
        }

        if (number < from || number > to)
        {
            Error(name, "OutOfRange", $"{number} is out of range. Write a whole number from {from} to {to}.");
            return null;
        }

        return number;
    }

    public bool? Flag(string name)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Flag));
        if (!Find(name, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        WrongType(name, value, "true or false");
        return null;
    }

    /// <summary>An ISO 8601 duration greater than zero.</summary>
    public TimeSpan? Duration(string name, TimeSpan atMost, string example)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Duration));
        var text = ReadText(name);
        if (text is null)
        {
            return null;
        }

        try
        {
            var duration = XmlConvert.ToTimeSpan(text);
            if (duration > TimeSpan.Zero && duration <= atMost)
            {
                return duration;
            }
        }
        catch (FormatException)
        {
            // reported below, as a duration out of range is
        }

        Error(
            name,
            "InvalidValue",
            $"'{text}' is not a duration of up to {XmlConvert.ToString(atMost)}. Write an ISO 8601 duration, such as {example}."
        );
        return null;
    }

    /// <summary>An enum value by its JSON name.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Choice, Choices: [.. ChoiceNames<T>.All.Keys]));
        var text = ReadText(name);
        if (text is null)
        {
            return null;
        }

        if (ChoiceNames<T>.All.TryGetValue(text, out var choice))
        {
            return choice;
        }

        Error(name, "InvalidValue", NotOneOf<T>(text));
        return null;
    }

    public SpecReader? Object(string name)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Object));
        return ReadObject(name);
    }

    /// <summary>An object of any content.</summary>
    public JsonElement? Json(string name)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.Json));
        return ReadObject(name) is not null ? Raw(name) : null;
    }

    /// <summary>Requires exactly one of the fields.</summary>
    public void RequireOne(params IReadOnlyList<string> fields)
    {
        rules?.ExactlyOne(pointer, fields);
        string[] set = [.. fields.Where(Has)];
        if (set.Length != 1)
        {
            Error(
                set.Length == 0 ? fields[0] : set[1],
                set.Length == 0 ? "Required" : "InvalidCombination",
                $"Set exactly one of {string.Join(", ", fields)}."
            );
        }
    }

    /// <summary>Reports every field that was not read.</summary>
    /// <param name="explain">What to say about a field that a spec cannot have; null for any other.</param>
    public void RefuseUnknown(Func<string, string?>? explain = null)
    {
        foreach (var property in Names().Where(property => !_known.Contains(property)))
        {
            Error(
                JsonPointer.Escape(property),
                "UnknownField",
                explain?.Invoke(property) ?? $"Unknown field '{property}'. Use {string.Join(", ", _known.Order(StringComparer.Ordinal))}."
            );
        }
    }

    private static string NotOneOf<T>(string text)
        where T : struct, Enum => $"'{text}' is not one of {string.Join(", ", ChoiceNames<T>.All.Keys)}.";

    private static string Article(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            _ => "empty",
        };

    private bool Find(string name, out JsonElement value)
    {
        _known.Add(name);
        return element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private string? ReadText(string name, bool required = false, TextRule? check = null)
    {
        if (!Find(name, out var value))
        {
            return Missing(name, required);
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return WrongType(name, value, "a string");
        }

        var text = value.GetString() ?? "";
        if (check?.Problem(text) is { } problem)
        {
            Error(name, "InvalidValue", problem);
            return null;
        }

        return text;
    }

    private SpecReader? ReadObject(string name)
    {
        if (!Find(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new SpecReader(value, $"{pointer}/{name}", errors, rules);
        }

        WrongType(name, value, "an object");
        return null;
    }

    private string? Missing(string name, bool required)
    {
        if (required)
        {
            Error(name, "Required", $"'{name}' is missing. Set it.");
        }

        return null;
    }

    private string? WrongType(string name, JsonElement value, string wanted)
    {
        Error(name, "WrongType", $"The value is {Article(value.ValueKind)}. Write {wanted}.");
        return null;
    }
}
