using System.Text.Encodings.Web;
using System.Text.Json;

namespace MeshPort.Host.Output;

/// <summary>JSON for standard output.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Compact = new(Indented) { WriteIndented = false };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Indented);

    /// <summary>In one line, for streams.</summary>
    public static string WriteLine<T>(T value) => JsonSerializer.Serialize(value, Compact);
}
