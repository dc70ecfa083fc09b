using System.Text.Json.Nodes;

namespace MeshPort.Arm;

/// <summary>The tag on every ARM resource that MeshPort has made, so that only those are removed again.</summary>
internal static class Ownership
{
    public const string Tag = "managed-by";
    public const string Value = "meshport";

    /// <summary>Of a resource that MeshPort makes.</summary>
    /// <param name="wanted">Of the cluster's spec, which cannot name <see cref="Tag"/>.</param>
    public static JsonObject Tags(IReadOnlyDictionary<string, string> wanted)
    {
        var tags = new JsonObject { [Tag] = Value };
        foreach (var (name, value) in wanted)
        {
            tags[name] = value;
        }

        return tags;
    }

    public static bool IsOurs(JsonObject resource) => (resource["tags"] as JsonObject)?[Tag]?.GetValue<string>() == Value;
}
