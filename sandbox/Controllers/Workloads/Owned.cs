using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>The controller that owns an object (<c>metadata.ownerReferences</c>).</summary>
internal static class Owned
{
    public static JsonArray By(ResourceType type, JsonObject owner) =>
        [
            new JsonObject
            {
                ["apiVersion"] = type.StoredApiVersion,
                ["kind"] = type.Kind,
                ["name"] = owner.Name(),
                ["uid"] = owner.Uid(),
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            },
        ];

    /// <summary>The uid of the controlling owner. Null without one.</summary>
    public static string? Owner(JsonObject body) => Controller(body).Text("uid");

    public static bool IsBy(ResourceType type, JsonObject body) => Controller(body).Text("kind") == type.Kind;

    private static JsonNode? Controller(JsonObject body) =>
        body.Items("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller") == true);
}
