using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Conversion;
using MeshPort.Sandbox.Kubernetes.Definitions;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>A kind as the API server serves it. Group and plural tell it from others.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Versions">Served versions, the preferred one first; objects are stored in it. One of another group is named with it: <c>events.k8s.io/v1</c>.</param>
/// <param name="Schema">Of the first version.</param>
internal sealed record ResourceType(string Group, IReadOnlyList<string> Versions, string Kind, string Plural, Schema Schema)
{
    public bool Namespaced { get; init; } = true;

    /// <summary>A custom resource: other defaults, other errors (kube-semantics points 7, 14, 16, 20).</summary>
    public bool Custom { get; init; }

    public bool HasStatus { get; init; } = true;

    /// <summary>Counts spec changes in <c>metadata.generation</c>; Services have none (point 9).</summary>
    public bool HasGeneration { get; init; } = true;

    public bool HasScale { get; init; }

    public bool ReadOnly { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Versions whose schema is not that of the first.</summary>
    public IReadOnlyDictionary<string, Schema> OtherSchemas { get; init; } = new Dictionary<string, Schema>();

    /// <summary>Versions whose fields are others.</summary>
    public IReadOnlyDictionary<string, VersionConverter> Converters { get; init; } = new Dictionary<string, VersionConverter>();

    /// <summary>What a request through a deprecated version is warned of, by version.</summary>
    public IReadOnlyDictionary<string, string> Deprecations { get; init; } = new Dictionary<string, string>();

    /// <summary>Of a custom resource.</summary>
    public CustomDefinition? Definition { get; init; }

    public string Singular => Kind.ToLowerInvariant();

    /// <summary>As messages name it: <c>services</c>, <c>gateways.networking.istio.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>As validation messages name it: <c>Service</c>, <c>Gateway.networking.istio.io</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>Without its group.</summary>
    public static string NameOf(string version) => version[(version.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public string GroupOf(string version) => version.Split('/') is [var other, _] ? other : Group;

    public string ApiVersion(string version) => GroupOf(version) is { Length: > 0 } group ? $"{group}/{NameOf(version)}" : version;

    public string StoredApiVersion => ApiVersion(Versions[0]);

    public Schema SchemaOf(string version) =>
        Converters.GetValueOrDefault(version)?.Schema ?? OtherSchemas.GetValueOrDefault(version, Schema);

    /// <summary>The version that what is written through this one is kept in.</summary>
    public string WrittenAs(string version) => Converters.ContainsKey(version) ? Versions[0] : version;

    /// <param name="body">The caller's own: it is changed.</param>
    public JsonObject ToStored(string version, JsonObject body)
    {
        Converters.GetValueOrDefault(version)?.ToStored(body);
        return body;
    }

    /// <param name="body">The caller's own: it is changed.</param>
    public JsonObject FromStored(string version, JsonObject body)
    {
        Converters.GetValueOrDefault(version)?.FromStored(body);
        body["apiVersion"] = ApiVersion(version);
        return body;
    }

    public bool Equals(ResourceType? other) => other is not null && Plural == other.Plural && Group == other.Group;

    public override int GetHashCode() => HashCode.Combine(Group, Plural);
}

/// <summary>Where an object is.</summary>
/// <param name="Namespace">Empty for a cluster-scoped object.</param>
internal readonly record struct ObjectKey(ResourceType Type, string Namespace, string Name)
{
    public override string ToString() => $"{Type.QualifiedPlural}|{Namespace}|{Name}";
}
