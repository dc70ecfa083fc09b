using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>What a handler answers; the body is JSON or nothing.</summary>
internal sealed record ArmAnswer(int Status, JsonNode? Body = null)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public static ArmAnswer Ok(JsonNode body) => new(200, body);

    /// <summary>A list; everything fits on one page here, so there is no <c>nextLink</c>.</summary>
    public static ArmAnswer Page(IEnumerable<JsonObject> items) =>
        new(200, new JsonObject { ["value"] = new JsonArray([.. items.Select(item => (JsonNode)item)]) });

    public ArmAnswer With(string name, string value) => this with { Headers = [.. Headers, (name, value)] };
}
