using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>Lists in the objects of an API server. An absent list is empty.</summary>
internal static class JsonFields
{
    public static IEnumerable<string> Texts(this JsonNode? node, string list) => (node?[list] as JsonArray ?? []).Select(text => $"{text}");

    public static IEnumerable<JsonObject> Items(this JsonNode? node, string list) => (node?[list] as JsonArray ?? []).OfType<JsonObject>();
}
