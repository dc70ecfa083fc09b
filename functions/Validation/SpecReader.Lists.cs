using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>Lists and maps.</summary>
internal sealed partial class SpecReader
{
    public IReadOnlyList<T> ChoiceList<T>(string name)
        where T : struct, Enum
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.ChoiceList, Choices: [.. ChoiceNames<T>.All.Keys]));
        var chosen = new List<T>();
        foreach (var (text, index) in ReadTexts(name, null).Select((text, index) => (text, index)))
        {
            if (ChoiceNames<T>.All.TryGetValue(text, out var choice))
            {
                chosen.Add(choice);
            }
            else
            {
                Error($"{name}/{index}", "InvalidValue", NotOneOf<T>(text));
            }
        }

        return chosen;
    }

    /// <param name="check">The rule for each item.</param>
    public IReadOnlyList<string> Texts(string name, TextRule? check = null)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.TextList, Text: check));
        return ReadTexts(name, check);
    }

    private IReadOnlyList<string> ReadTexts(string name, TextRule? check)
    {
        var texts = new List<string>();
        foreach (var (item, index) in Items(name))
        {
            if (item.ValueKind == JsonValueKind.String)
            {
                var text = item.GetString() ?? "";
                texts.Add(text);
                if (check?.Problem(text) is { } problem)
                {
                    Error($"{name}/{index}", "InvalidValue", problem);
                }
            }
            else
            {
                WrongType($"{name}/{index}", item, "a string");
            }
        }

        return texts;
    }

    /// <summary>Ports and ranges of ports: <c>9000</c>, or <c>"30000-30100"</c>.</summary>
    /// <returns>With the index in the list.</returns>
    public IReadOnlyList<(PortRange Range, int Index)> Ports(string name)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.PortList, Least: 1, Most: ExposurePorts.Most));
        var ranges = new List<(PortRange, int)>();
        if (Raw(name) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0)
        {
            Error(name, "Required", "The list has no port. List at least one, or remove the field.");
        }

        foreach (var (item, index) in Items(name))
        {
            var text = item.ValueKind switch
            {
                JsonValueKind.String => item.GetString() ?? "",
                JsonValueKind.Number => item.GetRawText(),
                _ => null,
            };
            if (text is null)
            {
                WrongType($"{name}/{index}", item, "a port or a range of ports");
            }
            else if (PortRange.Parse(text) is { } range)
            {
                ranges.Add((range, index));
            }
            else
            {
                Error(
                    $"{name}/{index}",
                    "InvalidValue",
                    $"'{text}' is not a port or a range. Write a number from 1 to 65535, or a range, the lower port first: \"30000-30100\"."
                );
            }
        }

        return ranges;
    }

    public IEnumerable<SpecReader> Objects(string name)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.ObjectList));
        foreach (var (item, index) in Items(name))
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                yield return new SpecReader(item, $"{pointer}/{name}/{index}", errors, rules);
            }
            else
            {
                WrongType($"{name}/{index}", item, "an object");
            }
        }
    }

    /// <summary>An object whose values are all strings, such as tags.</summary>
    /// <param name="nameCheck">The rule for each name.</param>
    /// <param name="check">The rule for each value.</param>
    public IReadOnlyDictionary<string, string> TextMap(string name, TextRule nameCheck, TextRule check)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.TextMap, Text: check, Names: nameCheck));
        return ReadMap(
            name,
            nameCheck,
            (reader, property, value) =>
            {
                if (value.ValueKind != JsonValueKind.String)
                {
                    reader.WrongType(JsonPointer.Escape(property), value, "a string");
                    return "";
                }

                var text = value.GetString() ?? "";
                if (nameCheck.Problem(property) is null && check.Problem(text) is { } problem)
                {
                    reader.Error(JsonPointer.Escape(property), "InvalidValue", problem);
                }

                return text;
            },
            empty: ""
        );
    }

    /// <summary>An object whose values are quantities of Kubernetes, as strings or numbers.</summary>
    /// <param name="nameCheck">The rule for each name.</param>
    /// <returns>The quantities in canonical form, without those that are null.</returns>
    public IReadOnlyDictionary<string, string> QuantityMap(string name, TextRule nameCheck)
    {
        rules?.Add($"{pointer}/{name}", new FieldRule(FieldKind.QuantityMap, Text: ResourceAmounts.Amount, Names: nameCheck));
        return ReadMap(
            name,
            nameCheck,
            (reader, property, value) =>
            {
                if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                {
                    reader.WrongType(JsonPointer.Escape(property), value, "a quantity, such as 250m or 128Mi");
                    return null;
                }

                var text = value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : value.GetRawText();
                if (ResourceAmounts.Amount.Problem(text) is { } problem)
                {
                    reader.Error(JsonPointer.Escape(property), "InvalidValue", problem);
                    return null;
                }

                return ResourceAmounts.Canonical(text);
            }
        );
    }

    /// <param name="read">Returns null for a value to leave out.</param>
    /// <param name="empty">The value of a name without a value; null leaves it out.</param>
    private IReadOnlyDictionary<string, string> ReadMap(
        string name,
        TextRule nameCheck,
        Func<SpecReader, string, JsonElement, string?> read,
        string? empty = null
    )
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (ReadObject(name) is not { } reader)
        {
            return map;
        }

        foreach (var property in reader.Names())
        {
            if (nameCheck.Problem(property) is { } problem)
            {
                reader.Error(JsonPointer.Escape(property), "InvalidValue", problem);
            }

            if ((reader.Raw(property) is { } value ? read(reader, property, value) : empty) is { } text)
            {
                map[property] = text;
            }
        }

        return map;
    }

    /// <summary>Refuses an empty list or map.</summary>
    /// <param name="isRequired">Whether a missing one counts as empty.</param>
    public void RefuseEmpty(string name, int count, string detail, bool isRequired = true)
    {
        rules?.NotEmpty($"{pointer}/{name}", isRequired);
        if (count == 0)
        {
            Error(name, "Required", detail);
        }
    }

    public void RefuseDuplicates<T>(string name, IReadOnlyCollection<T> items, string detail)
    {
        rules?.Distinct($"{pointer}/{name}");
        if (items.Distinct().Count() < items.Count)
        {
            Error(name, "Duplicate", detail);
        }
    }

    /// <summary>Limits lists, so that every store accepts the document.</summary>
    public void RefuseMore(string name, int count, int most)
    {
        rules?.AtMost($"{pointer}/{name}", most);
        if (count > most)
        {
            Error(name, "TooMany", $"The list has {count} items. List at most {most}.");
        }
    }

    private IEnumerable<(JsonElement Item, int Index)> Items(string name)
    {
        if (!Find(name, out var value))
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            return value.EnumerateArray().Select((item, index) => (item, index));
        }

        WrongType(name, value, "a list");
        return [];
    }
}
