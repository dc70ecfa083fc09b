using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>Fields to remove from an observed object.</summary>
/// <param name="Pointers">RFC 6901, in the order of their removal; at least one.</param>
internal sealed record FieldRemoval(string ResourceVersion, IReadOnlyList<string> Pointers)
{
    /// <summary>
    /// RFC 6902. The patch names the observed resource version, so the API server answers 409 when the object has changed since.
    /// </summary>
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
