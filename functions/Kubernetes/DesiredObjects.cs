using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

/// <summary>An object that should exist.</summary>
/// <param name="Exposure">The exposure whose condition reports the outcome.</param>
internal sealed record DesiredObject(ObjectRef Target, string Exposure, JsonObject Body)
{
    /// <summary>The other exposures that need the object, and whose conditions report the outcome, too.</summary>
    public IReadOnlyList<string> Sharers { get; init; } = [];

    public IEnumerable<string> Exposures => [Exposure, .. Sharers];
}

/// <summary>The labels and the envelope of every object that MeshPort makes, pure.</summary>
internal static class DesiredObjects
{
    public const string ManagedByLabel = "app.kubernetes.io/managed-by";
    public const string ManagedBy = "meshport";
    public const string ExposureLabel = "meshport.io/exposure";

    /// <summary>Selects the pods of a Deployment that MeshPort makes. Its value is the name of the Deployment.</summary>
    public const string AppLabel = "app";

    public const string PortsLabel = "meshport.io/ports";

    /// <summary>
    /// The mark of the installation and the cluster that made the object (<see cref="State.Installation.MarkAsync"/>). Two installations,
    /// or two clusters that lead to one API server, may have exposures of the same name.
    /// </summary>
    public const string InstallationLabel = "meshport.io/installation";

    public const string Selector = $"{ManagedByLabel}={ManagedBy}";

    /// <summary>Objects of exposures that have lost the label of MeshPort.</summary>
    public const string UnmarkedSelector = $"{ExposureLabel},{ManagedByLabel}!={ManagedBy}";

    private const string NamePrefix = "meshport-";

    /// <summary>
    /// Whether MeshPort made an object. Somebody may have removed a label. <c>managedFields</c> then show that MeshPort applied its
    /// <c>spec</c>, and another label or the name shows that it made the object as a whole. A Service needs a label, since MeshPort also
    /// applies ports to Services of others.
    /// <code>
    /// managed-by | MeshPort applied spec | other label of MeshPort | name meshport-... | ours
    /// -----------+-----------------------+-------------------------+-------------------+----------------------
    /// meshport   | any                   | any                     | any               | yes
    /// any other  | no                    | any                     | any               | no
    /// any other  | yes                   | yes                     | any               | yes
    /// any other  | yes                   | no                      | yes               | yes, but not a Service
    /// any other  | yes                   | no                      | no                | no
    /// </code>
    /// </summary>
    public static bool IsOurs(JsonObject found) =>
        found.Label(ManagedByLabel) == ManagedBy
        || (
            HasAppliedSpec(found)
            && (
                found.Label(ExposureLabel) is not null
                || found.Label(PortsLabel) is not null
                || (found["kind"]?.ToString() is not (null or "Service") && HasName(found))
            )
        );

    /// <returns>The mark of the installation that made an object, if it is not this one; null for any other object.</returns>
    public static string? OtherInstallation(JsonObject found, string installation) =>
        found.Label(InstallationLabel) is { } other && other != installation ? other : null;

    /// <summary>Names the owner of another mark, for people.</summary>
    /// <param name="own">The mark of this installation and cluster.</param>
    public static string TellInstallation(string other, string own) =>
        other.Split('-')[0] == own.Split('-')[0]
            ? $"another cluster of MeshPort that leads to the same API server (its mark is {other})"
            : $"installation {other} of MeshPort";

    /// <summary>The change with the mark of this installation in its body.</summary>
    public static Change Marked(Change change, string installation)
    {
        if (change.Body?.DeepClone() is not JsonObject body || body.Labels() is not JsonObject labels)
        {
            return change;
        }

        labels[InstallationLabel] = installation;
        return change with { Body = body };
    }

    /// <summary>The exposure of an object; empty when it has none. Without the label, the name of the object shows it.</summary>
    public static string Owner(JsonObject found) =>
        found.Label(ExposureLabel) ?? (HasAppliedSpec(found) && found.Label(PortsLabel) is null ? OwnerByName(found) : "");

    /// <summary>Whether MeshPort has applied the <c>spec</c> of an object, or a part of it.</summary>
    public static bool HasAppliedSpec(JsonObject found) =>
        found.ManagedFields().Any(entry => ObjectMetadata.IsApplied(entry) && entry["fieldsV1"]?["f:spec"] is JsonObject);

    private static bool HasName(JsonObject found) => found.Name().StartsWith(NamePrefix, StringComparison.Ordinal);

    private static string OwnerByName(JsonObject found)
    {
        var name = HasName(found) ? found.Name()[NamePrefix.Length..] : found.Name();
        return found["kind"]?.ToString() == ObjectKind.ServiceEntry.Name ? name[..Math.Max(name.LastIndexOf('-'), 0)] : name;
    }

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

    public static JsonObject Labels(IReadOnlyDictionary<string, string> labels) =>
        new(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)JsonValue.Create(label.Value))));
}
