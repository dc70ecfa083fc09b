using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;

namespace MeshPort.TestKit.Fuzz;

/// <summary>Changes a valid document or text in a few places, so that it becomes invalid.</summary>
public static class Damage
{
    private static readonly Gen<string> Junk = Gen.OneOf(
        AnyOf(
            "null",
            "true",
            "[]",
            "{}",
            "\"\"",
            "[[[[[[[[]]]]]]]]",
            "1e400",
            "-1",
            "65536",
            "99999999999999999999",
            "0.5",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"../..\"",
            "{\"a~/b\":{\"c\":[null]}}",
            "[null,1,\"a\",{}]",
            "{\"\":\"\"}"
        ),
        Gen.String.Select(text => JsonValue.Create(new string([.. text.Where(character => !char.IsSurrogate(character))])).ToJsonString()),
        Gen.Int.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Int[10, 200].Select(depth => $"{new string('[', depth)}{new string(']', depth)}"),
        Gen.Int[2_000, 20_000].Select(length => $"\"{new string('x', length)}\"")
    );

    /// <summary>What parsers of texts stumble over: nesting, references, marks of Unicode, huge numbers, names of plug-ins.</summary>
    private static readonly Gen<string> Scraps = Gen.OneOf(
        AnyOf(
            "\0",
            "\ufeff",
            "\ud800",
            "\t",
            "\n",
            "\n---\n",
            "\r\n",
            "&a ",
            "*a",
            "<<: *a",
            "[*a,*a,*a,*a]",
            "!!binary ",
            "!!float ",
            "!<tag:yaml.org,2002:python/object> ",
            "? ",
            "- ",
            ": ",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "|\n",
            ">-\n",
            "%YAML 9.9\n",
            "1e999999",
            "-0x8000000000000000",
            "99999999999999999999999999",
            "0o777",
            ".inf",
            "null",
            "~",
            ".",
            "..",
            "=",
            "eyJhbGciOiJub25lIn0",
            "exec: {command: 'true', apiVersion: client.authentication.k8s.io/v1}"
        ),
        Gen.Int[1, 400].Select(depth => new string('[', depth)),
        Gen.Int[1, 400].Select(depth => string.Concat(Enumerable.Repeat("{a: ", depth))),
        Gen.Int[1, 5_000].Select(length => new string('x', length)),
        Gen.String[0, 8]
    );

    /// <summary>Removes, repeats or replaces parts of a text.</summary>
    public static Gen<string> OfText(string right) =>
        Gen.Select(Gen.Int[0, right.Length], Gen.Int[0, 40], Gen.Int[0, 2], Scraps)
            .Array[1, 4]
            .Select(edits => edits.Aggregate(right, (text, edit) => Edit(text, edit.Item1, edit.Item2, edit.Item3, edit.Item4)));

    public static Gen<string> AnyOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    /// <summary>Replaces a field, or adds an unknown one.</summary>
    public static Gen<string> Of(JsonObject right)
    {
        var places = Places(right, []).ToList();
        var place = Gen.Int[0, places.Count - 1];
        return Gen.Select(place.Array[1, 3], Junk.Array[3], Gen.Bool)
            .Select((indexes, junk, adds) => Write(right, [.. indexes.Select(index => places[index])], junk, adds));
    }

    private static string Write(JsonObject right, IReadOnlyList<IReadOnlyList<object>> places, IReadOnlyList<string> junk, bool adds)
    {
        JsonNode document = right.DeepClone();
        foreach (var (index, place) in places.Index())
        {
            Replace(document, place, Mark(index), adds && index == 0);
        }

        return Enumerable
            .Range(0, places.Count)
            .Aggregate(document.ToJsonString(), (text, index) => text.Replace($"\"{Mark(index)}\"", junk[index], StringComparison.Ordinal));
    }

    private static string Edit(string text, int at, int length, int kind, string scrap)
    {
        at = Math.Min(at, text.Length);
        length = Math.Min(length, text.Length - at);
        return kind switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, text.Substring(at, length)),
            _ => text.Remove(at, length / 8).Insert(at, scrap),
        };
    }

    private static string Mark(int index) => $"@{index}@";

    private static void Replace(JsonNode document, IReadOnlyList<object> place, string mark, bool adds)
    {
        var parent = place
            .SkipLast(1)
            .Aggregate(
                (JsonNode?)document,
                (node, step) =>
                    step is int index
                        ? node is JsonArray list && index < list.Count
                            ? list[index]
                            : null
                        : (node as JsonObject)?[(string)step]
            );
        switch (parent, place[^1])
        {
            case (JsonObject map, string name):
                map[adds ? $"{name}~/x" : name] = mark;
                break;
            case (JsonArray list, int index) when index < list.Count:
                list[index] = mark;
                break;
        }
    }

    private static IEnumerable<IReadOnlyList<object>> Places(JsonNode? node, IReadOnlyList<object> here)
    {
        var children = node switch
        {
            JsonObject map => map.Select(field => (Step: (object)field.Key, Child: field.Value)),
            JsonArray list => list.Select((item, index) => (Step: (object)index, Child: item)),
            _ => [],
        };
        return children.SelectMany(child =>
            (IEnumerable<IReadOnlyList<object>>)
                [
                    [.. here, child.Step],
                    .. Places(child.Child, [.. here, child.Step]),
                ]
        );
    }
}
