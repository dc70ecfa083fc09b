using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Conversion;

/// <summary>A version of a built-in kind whose fields are not those that are stored. Writes through it are owned in the stored version.</summary>
/// <param name="ToStored">Changes an object of this version into one as it is stored; the other direction is <paramref name="FromStored"/>.</param>
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
