using System.Text.Json;
using MeshPort.Json;

namespace MeshPort.Validation;

/// <summary>Lists and maps.</summary>
internal sealed partial class SpecReader
{
    public IReadOnlyList<T> ChoiceList<T>(string name)
        where T : struct, Enum
    {
        var chosen = new List<T>();
        foreach (var (text, index) in Texts(name).Select((text, index) => (text, index)))
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

    public IReadOnlyList<string> Texts(string name)
    {
        var texts = new List<string>();
        foreach (var (item, index) in Items(name))
        {
            if (item.ValueKind == JsonValueKind.String)
            {
                texts.Add(item.GetString() ?? "");
            }
            else
            {
                WrongType($"{name}/{index}", item, "a string");
            }
        }

        return texts;
    }

    public IEnumerable<SpecReader> Objects(string name)
    {
        foreach (var (item, index) in Items(name))
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                yield return new SpecReader(item, $"{pointer}/{name}/{index}", errors);
            }
            else
            {
                WrongType($"{name}/{index}", item, "an object");
            }
        }
    }

    /// <summary>An object whose values are all strings, such as tags.</summary>
    public IReadOnlyDictionary<string, string> TextMap(string name)
    {
        var map = new Dictionary<string, string>();
        if (Object(name) is { } reader)
        {
            foreach (var property in reader.Names())
            {
                var value = reader.Raw(property);
                map[property] = value is { ValueKind: JsonValueKind.String } text ? text.GetString() ?? "" : "";
                if (value is { ValueKind: not JsonValueKind.String } other)
                {
                    reader.WrongType(JsonPointer.Escape(property), other, "a string");
                }
            }
        }

        return map;
    }

    /// <summary>Limits lists, so that every store accepts the document.</summary>
    public void RefuseMore(string name, int count, int most)
    {
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
