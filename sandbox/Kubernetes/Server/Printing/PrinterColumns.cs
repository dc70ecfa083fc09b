using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>
/// Columns of custom resources: the name, then the definition's <c>additionalPrinterColumns</c>, or the age if it has none.
/// </summary>
internal static class PrinterColumns
{
    public static IReadOnlyList<Column> Of(JsonObject? definition, string version)
    {
        var stated = definition
            .Items("spec", "versions")
            .FirstOrDefault(entry => entry.Text("name") == version)
            .Items("additionalPrinterColumns")
            .Select(Of)
            .ToArray();
        return [Column.ObjectName, .. stated.Length > 0 ? stated : [Column.Age]];
    }

    private static Column Of(JsonNode stated)
    {
        var (path, type) = (JsonPath.Parse(stated.Text("jsonPath") ?? ""), stated.Text("type") ?? "string");
        return new Column(
            stated.Text("name") ?? "",
            type,
            (int)(stated.Number("priority") ?? 0),
            (body, now) => Cell(path.Read(body), type, now)
        )
        {
            Format = stated.Text("format") ?? "",
            Description = stated.Text("description") ?? "",
        };
    }

    private static JsonNode? Cell(IReadOnlyList<JsonNode> found, string type, DateTimeOffset now) =>
        (found, type) switch
        {
            ([], _) => null,
            (_, "date") => HumanTime.Since(found[0].ToString(), now),
            ([JsonValue value], "integer" or "number" or "boolean") => value.DeepClone(),
            ([JsonValue value], _) => value.ToString(),
            ([var one], _) => one.ToJsonString(KubeAnswers.Plain),
            _ => string.Join(",", found.Select(one => one is JsonValue ? one.ToString() : one.ToJsonString(KubeAnswers.Plain))),
        };
}
