using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>An object that should exist.</summary>
/// <param name="Exposure">The exposure whose condition reports the outcome.</param>
internal sealed record DesiredObject(ObjectRef Target, string Exposure, JsonObject Body);

/// <summary>The labels and the envelope of every object that MeshPort makes, pure.</summary>
internal static class DesiredObjects
{
    public const string ManagedByLabel = "app.kubernetes.io/managed-by";
    public const string ManagedBy = "meshport";
    public const string ExposureLabel = "meshport.io/exposure";
    public const string Selector = $"{ManagedByLabel}={ManagedBy}";

    public static bool IsOurs(JsonObject found) => found.Label(ManagedByLabel) == ManagedBy;

    public static DesiredObject Make(string exposure, ObjectRef target, JsonObject spec) =>
        new(
            target,
            exposure,
            new JsonObject
            {
                ["apiVersion"] = target.Kind.ApiVersion,
                ["kind"] = target.Kind.Name,
                ["metadata"] = new JsonObject
                {
                    ["name"] = target.Name,
                    ["namespace"] = target.Namespace,
                    ["labels"] = new JsonObject { [ManagedByLabel] = ManagedBy, [ExposureLabel] = exposure },
                },
                ["spec"] = spec,
            }
        );

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    public static JsonObject Labels(IReadOnlyDictionary<string, string> labels) =>
        new(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)JsonValue.Create(label.Value))));
}
