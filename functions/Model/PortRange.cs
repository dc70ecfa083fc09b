using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>
/// The ports from <paramref name="First"/> to <paramref name="Last"/>, both included. In JSON, a single port is a number, and a range a
/// string such as <c>30000-30100</c>.
/// </summary>
[JsonConverter(typeof(Json))]
public sealed record PortRange(int First, int Last)
{
    public int Count => Last - First + 1;

    public IEnumerable<int> Ports => Enumerable.Range(First, Count);

    /// <param name="text"><c>9000</c> or <c>9000-9999</c>.</param>
    /// <returns>Null when the text is neither.</returns>
    public static PortRange? Parse(string text)
    {
        var ends = text.Split('-', 2);
        return Port(ends[0]) is { } first && Port(ends[^1]) is { } last && first <= last ? new PortRange(first, last) : null;
    }

    /// <summary>The ports in ascending order. Adjacent ports become one range.</summary>
    public static IReadOnlyList<PortRange> Of(IEnumerable<int> ports)
    {
        var ranges = new List<PortRange>();
        foreach (var port in ports.Distinct().Order())
        {
            if (ranges is [.., var last] && last.Last == port - 1)
            {
                ranges[^1] = last with { Last = port };
            }
            else
            {
                ranges.Add(new PortRange(port, port));
            }
        }

        return ranges;
    }

    /// <summary>For people: <c>21, 30000-30100</c>.</summary>
    public static string Tell(IEnumerable<int> ports) => string.Join(", ", Of(ports));

    public bool Overlaps(PortRange other) => First <= other.Last && other.First <= Last;

    public bool Holds(int port) => port >= First && port <= Last;

    public override string ToString() =>
        First == Last ? First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static int? Port(string text) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535
            ? port
            : null;

    private sealed class Json : JsonConverter<PortRange>
    {
        public override PortRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number ? new PortRange(reader.GetInt32(), reader.GetInt32())
            : Parse(reader.GetString() ?? "") is { } range ? range
            : throw new JsonException($"'{reader.GetString()}' is not a range of ports.");

        public override void Write(Utf8JsonWriter writer, PortRange value, JsonSerializerOptions options)
        {
            if (value.First == value.Last)
            {
                writer.WriteNumberValue(value.First);
            }
            else
            {
                writer.WriteStringValue(value.ToString());
            }
        }
    }
}
