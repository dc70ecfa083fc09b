using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Conversion;

/// <summary>A version of a built-in kind with other fields than the stored version. Its writes are owned in the stored version.</summary>
/// <param name="ToStored">Converts an object of this version to the stored version; <paramref name="FromStored"/> does the reverse.</param>
internal sealed record VersionConverter(Schema Schema, Action<JsonObject> ToStored, Action<JsonObject> FromStored)
{
    public static void Move(JsonObject from, string name, JsonObject to, string newName)
    {
        if (from.Remove(name, out var value))
        {
            to[newName] = value;
        }
    }
}
