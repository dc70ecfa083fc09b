using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>The <c>metadata</c> of an object as the API server answers it. Absent texts are empty.</summary>
internal static class ObjectMetadata
{
    public static string Name(this JsonObject found) => Text(found, "name") ?? "";

    public static string Namespace(this JsonObject found) => Text(found, "namespace") ?? "";

    /// <returns>Null for an object that was not read from a cluster.</returns>
    public static string? Uid(this JsonObject found) => Text(found, "uid");

    public static string? ResourceVersion(this JsonObject found) => Text(found, "resourceVersion");

    public static string? Annotation(this JsonObject found, string name) => found["metadata"]?["annotations"]?[name]?.GetValue<string>();

    public static string? Label(this JsonObject found, string name) => found["metadata"]?["labels"]?[name]?.GetValue<string>();

    /// <summary>The ports of a Service.</summary>
    public static IEnumerable<JsonObject> ServicePorts(this JsonObject service) =>
        (service["spec"]?["ports"] as JsonArray ?? []).OfType<JsonObject>();

    public static int PortNumber(this JsonObject port) => port["port"]?.GetValue<int>() ?? 0;

    private static string? Text(JsonObject found, string field) => found["metadata"]?[field]?.GetValue<string>();
}
