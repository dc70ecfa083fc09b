using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="Type">string, integer, boolean or date, as in OpenAPI.</param>
/// <param name="Priority">0 always, 1 with <c>-o wide</c>.</param>
/// <param name="Cell">Computed from the object and the current time.</param>
internal sealed record Column(string Name, string Type, int Priority, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public static readonly Column ObjectName = new("Name", "string", 0, (body, _) => body.Name()) { Format = "name" };
    public static readonly Column Age = new(
        "Age",
        "string",
        0,
        (body, now) => HumanTime.Since(body.Text("metadata", "creationTimestamp"), now)
    );
    public static readonly Column CreatedAt = new("Created At", "string", 0, (body, _) => body.Text("metadata", "creationTimestamp"))
    {
        Format = "date-time",
    };

    public string Format { get; init; } = "";

    public string Description { get; init; } = "";

    public static Column Text(string name, Func<JsonObject, string?> cell) => new(name, "string", 0, (body, _) => cell(body) ?? "<none>");

    public static Column Number(string name, Func<JsonObject, long?> cell) => new(name, "integer", 0, (body, _) => cell(body) ?? 0);

    public static Column Wide(string name, Func<JsonObject, string?> cell) => Text(name, cell) with { Priority = 1 };

    public JsonObject Definition() =>
        new()
        {
            ["name"] = Name,
            ["type"] = Type,
            ["format"] = Format,
            ["description"] = Description,
            ["priority"] = Priority,
        };
}
