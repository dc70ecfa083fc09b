using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.World;

/// <summary>JSON as Azure writes it: apostrophes and non-ASCII letters unescaped, readable with curl.</summary>
internal static class WireJson
{
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly JsonSerializerOptions OneSpace = new(Plain) { WriteIndented = true, IndentSize = 1 };

    public static string ToWire(this JsonNode node) => node.ToJsonString(Plain);
}
