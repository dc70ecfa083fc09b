using System.Text.Json.Nodes;

namespace MeshPort.Json;

/// <summary>A JSON array of strings.</summary>
internal static class TextArray
{
    public static JsonArray Of(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
