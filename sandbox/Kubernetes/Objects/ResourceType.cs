using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Conversion;
using MeshPort.Sandbox.Kubernetes.Definitions;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>A kind as the API server serves it, identified by group and plural.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Versions">
/// Served versions, the preferred and stored one first. A version of another group includes it: <c>events.k8s.io/v1</c>.
/// </param>
/// <param name="Schema">The schema of the first version.</param>
internal sealed record ResourceType(string Group, IReadOnlyList<string> Versions, string Kind, string Plural, Schema Schema)
{
    public bool Namespaced { get; init; } = true;

    /// <summary>A custom resource, with other defaults and errors (kube-semantics points 7, 14, 16, 20).</summary>
    public bool Custom { get; init; }

    public bool HasStatus { get; init; } = true;

    /// <summary>The kind counts spec changes in <c>metadata.generation</c>. Services do not (point 9).</summary>
    public bool HasGeneration { get; init; } = true;

    public bool HasScale { get; init; }

    /// <summary>Subresources other than <c>status</c> and <c>scale</c>.</summary>
    public IReadOnlyList<string> OtherSubresources { get; init; } = [];

    public bool ReadOnly { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Versions with another schema than the first.</summary>
    public IReadOnlyDictionary<string, Schema> OtherSchemas { get; init; } = new Dictionary<string, Schema>();

    /// <summary>Versions with other fields.</summary>
    public IReadOnlyDictionary<string, VersionConverter> Converters { get; init; } = new Dictionary<string, VersionConverter>();

    /// <summary>The warnings for requests through deprecated versions, by version.</summary>
    public IReadOnlyDictionary<string, string> Deprecations { get; init; } = new Dictionary<string, string>();

    /// <summary>The definition of a custom resource.</summary>
    public CustomDefinition? Definition { get; init; }

    /// <param name="name">Empty for the resource itself.</param>
    public bool HasSubresource(string name) =>
        name switch
        {
            "" => true,
            "status" => HasStatus,
            "scale" => HasScale,
            _ => OtherSubresources.Contains(name),
        };

    public string Singular => Kind.ToLowerInvariant();

    /// <summary>The name in messages: <c>services</c>, <c>gateways.networking.istio.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The name in validation messages: <c>Service</c>, <c>Gateway.networking.istio.io</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>The version without its group.</summary>
    public static string NameOf(string version) => version[(version.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public string GroupOf(string version) => version.Split('/') is [var other, _] ? other : Group;

    public string ApiVersion(string version) => GroupOf(version) is { Length: > 0 } group ? $"{group}/{NameOf(version)}" : version;

    public string StoredApiVersion => ApiVersion(Versions[0]);

    public Schema SchemaOf(string version) =>
        Converters.GetValueOrDefault(version)?.Schema ?? OtherSchemas.GetValueOrDefault(version, Schema);

    /// <summary>The version in which writes through this version are stored.</summary>
    public string WrittenAs(string version) => Converters.ContainsKey(version) ? Versions[0] : version;

    /// <param name="body">Changed in place.</param>
    public JsonObject ToStored(string version, JsonObject body)
    {
        Converters.GetValueOrDefault(version)?.ToStored(body);
        return body;
    }

    /// <param name="body">Changed in place.</param>
    public JsonObject FromStored(string version, JsonObject body)
    {
        Converters.GetValueOrDefault(version)?.FromStored(body);
        body["apiVersion"] = ApiVersion(version);
        return body;
    }

    public bool Equals(ResourceType? other) => other is not null && Plural == other.Plural && Group == other.Group;

    public override int GetHashCode() => HashCode.Combine(Group, Plural);
}

/// <summary>The location of an object.</summary>
/// <param name="Namespace">Empty for a cluster-scoped object.</param>
internal readonly record struct ObjectKey(ResourceType Type, string Namespace, string Name)
{
    public override string ToString() => $"{Type.QualifiedPlural}|{Namespace}|{Name}";
}
