using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshPort.Host.Api;

/// <summary>
/// Reads texts of the server for a terminal: without control characters, which it would interpret. Some texts come from tenants, such as
/// the probe in an annotation, and may reach the screen of an operator.
/// </summary>
internal sealed class TerminalTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is not { } text ? null
        : text.Any(IsUnsafe) ? string.Concat(text.Select(letter => IsUnsafe(letter) ? '?' : letter))
        : text;

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    private static bool IsUnsafe(char letter) => char.IsControl(letter) && letter is not ('\n' or '\t');
}
