using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary><c>meta.k8s.io Table</c>, the format that <c>kubectl get</c> prints.</summary>
/// <param name="tableVersion">v1 or v1beta1.</param>
/// <param name="include">The part of the object in a row: None, Metadata or Object.</param>
internal sealed class Tables(IReadOnlyList<Column> columns, string tableVersion, string include, DateTimeOffset now)
{
    /// <param name="headers">Omitted after the first event of a watch.</param>
    public JsonObject Of(IEnumerable<JsonObject> items, JsonObject metadata, bool headers = true) =>
        new()
        {
            ["kind"] = "Table",
            ["apiVersion"] = $"meta.k8s.io/{tableVersion}",
            ["metadata"] = metadata,
            ["columnDefinitions"] = headers ? new JsonArray([.. columns.Select(column => column.Definition())]) : null,
            ["rows"] = new JsonArray([.. items.Select(Row)]),
        };

    private JsonObject Row(JsonObject item)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(item, now))]) };
        if (include != "None")
        {
            row["object"] = include == "Object" ? item.DeepClone() : Partial(item, tableVersion);
        }

        return row;
    }

    public static JsonObject Partial(JsonObject item, string version) =>
        new()
        {
            ["kind"] = "PartialObjectMetadata",
            ["apiVersion"] = $"meta.k8s.io/{version}",
            ["metadata"] = item.At("metadata")?.DeepClone(),
        };
}
