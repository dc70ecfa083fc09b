using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>
/// The <c>metadata</c> of an object as the API server answers it. Absent texts are empty. Plans compare whole objects, and most of their
/// kinds have no model in KubernetesClient, so objects stay JSON (ADR 11).
/// </summary>
internal static class ObjectMetadata
{
    public static string Name(this JsonObject found) => Text(found, "name") ?? "";

    public static string Namespace(this JsonObject found) => Text(found, "namespace") ?? "";

    /// <returns>Null for an object that was not read from a cluster.</returns>
    public static string? Uid(this JsonObject found) => Text(found, "uid");

    public static string? ResourceVersion(this JsonObject found) => Text(found, "resourceVersion");

    /// <returns>In UTC, so that earlier times sort first; empty for an object that was not read from a cluster.</returns>
    public static string CreationTimestamp(this JsonObject found) => Text(found, "creationTimestamp") ?? "";

    public static long Generation(this JsonObject found) => Metadata(found)?["generation"]?.GetValue<long>() ?? 0;

    /// <returns>Null while no deletion was requested.</returns>
    public static string? DeletionTimestamp(this JsonObject found) => Text(found, "deletionTimestamp");

    public static IReadOnlyList<string> Finalizers(this JsonObject found) => [.. Metadata(found).Texts("finalizers")];

    public static JsonObject? Labels(this JsonObject found) => Metadata(found)?["labels"] as JsonObject;

    public static string? Label(this JsonObject found, string name) => found.Labels()?[name]?.GetValue<string>();

    public static JsonObject? Annotations(this JsonObject found) => Metadata(found)?["annotations"] as JsonObject;

    public static string? Annotation(this JsonObject found, string name) => found.Annotations()?[name]?.GetValue<string>();

    /// <summary>The entries of <c>managedFields</c>.</summary>
    public static IEnumerable<JsonObject> ManagedFields(this JsonObject found) => Metadata(found).Items("managedFields");

    /// <summary>Whether an entry of <c>managedFields</c> has the fields that MeshPort applied.</summary>
    public static bool IsApplied(JsonObject entry) =>
        entry["manager"]?.GetValue<string>() == KubernetesApi.FieldManager && entry["operation"]?.GetValue<string>() == "Apply";

    /// <summary>The ports of a Service.</summary>
    public static IEnumerable<JsonObject> ServicePorts(this JsonObject service) => service["spec"].Items("ports");

    public static int PortNumber(this JsonObject port) => port["port"]?.GetValue<int>() ?? 0;

    /// <summary>Number and protocol identify a port: 443/UDP is not 443/TCP.</summary>
    public static bool IsTcp(this JsonObject port) => port["protocol"]?.GetValue<string>() is null or "TCP";

    private static string? Text(JsonObject found, string field) => Metadata(found)?[field]?.GetValue<string>();

    private static JsonObject? Metadata(JsonObject found) => found["metadata"] as JsonObject;
}
