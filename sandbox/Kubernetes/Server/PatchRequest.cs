using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Patching;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>A patch request other than a server-side apply.</summary>
internal static class PatchRequest
{
    private const string TypesOfCustomResources = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

    /// <returns>A function from the object before the patch to the object after it.</returns>
    /// <exception cref="KubeError">400 for a body that is not a patch, 415 for a patch type that the resource does not support.</exception>
    public static Func<JsonObject, JsonObject> Read(KubeRequest request, string contentType, string text)
    {
        var patch = KubeRequestBody.Json(text, "error decoding patch: ");
        return contentType switch
        {
            "application/json-patch+json" => Json(patch),
            "application/merge-patch+json" => Merge(patch),
            "application/strategic-merge-patch+json" => StrategicMerge(request, patch),
            _ => throw new KubeError(415, "UnsupportedMediaType", "415: Unsupported Media Type", []), // the router's answer (b5)
        };
    }

    private static Func<JsonObject, JsonObject> Json(JsonNode? patch) =>
        patch is JsonArray list ? before => JsonPatch.Apply(before, list) : throw NotOfThisType();

    private static Func<JsonObject, JsonObject> Merge(JsonNode? patch) =>
        patch is JsonObject map ? before => MergePatch.Apply(before, map) as JsonObject ?? before : throw NotOfThisType();

    private static Func<JsonObject, JsonObject> StrategicMerge(KubeRequest request, JsonNode? patch)
    {
        if (request.Type.Custom)
        {
            throw KubeError.UnsupportedMediaType(TypesOfCustomResources);
        }

        return patch is JsonObject map
            ? before => StrategicMergePatch.Apply(before, map, request.Type.SchemaOf(request.Version))
            : throw NotOfThisType();
    }

    private static KubeError NotOfThisType() => KubeError.BadRequest("error decoding patch: the body is not a patch of this type");
}
