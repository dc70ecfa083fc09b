using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>Fields that are to be taken from an object as it was observed.</summary>
/// <param name="Pointers">RFC 6901, in the order of their removal; at least one.</param>
internal sealed record FieldRemoval(string ResourceVersion, IReadOnlyList<string> Pointers)
{
    /// <summary>RFC 6902. The resource version that is written is not stored: the API server answers 409 when it is not the object's any more.</summary>
    public string ToJsonPatch() =>
        new JsonArray([
            new JsonObject
            {
                ["op"] = "replace",
                ["path"] = "/metadata/resourceVersion",
                ["value"] = ResourceVersion,
            },
            .. Pointers.Select(pointer => new JsonObject { ["op"] = "remove", ["path"] = pointer }),
        ]).ToJsonString();
}
