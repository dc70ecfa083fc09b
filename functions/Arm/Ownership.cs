using System.Text.Json.Nodes;

namespace MeshPort.Arm;

/// <summary>The tag on every ARM resource that MeshPort has made, so that only those are removed again.</summary>
internal static class Ownership
{
    public const string Tag = "managed-by";
    public const string Value = "meshport";

    public static bool IsOurs(JsonObject resource) => (resource["tags"] as JsonObject)?[Tag]?.GetValue<string>() == Value;
}
