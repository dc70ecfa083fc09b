using MeshPort.Sandbox.Kubernetes.Definitions;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>A kind as the API server serves it. Group and plural tell it from others.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Versions">Served versions, the preferred one first; objects are stored in it.</param>
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

    /// <summary>What a request through a deprecated version is warned of, by version.</summary>
    public IReadOnlyDictionary<string, string> Deprecations { get; init; } = new Dictionary<string, string>();

    /// <summary>Of a custom resource.</summary>
    public CustomDefinition? Definition { get; init; }

    public string Singular => Kind.ToLowerInvariant();

    /// <summary>As messages name it: <c>services</c>, <c>gateways.networking.istio.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>As validation messages name it: <c>Service</c>, <c>Gateway.networking.istio.io</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    public string ApiVersion(string version) => Group.Length == 0 ? version : $"{Group}/{version}";

    public string StoredApiVersion => ApiVersion(Versions[0]);

    public Schema SchemaOf(string version) => OtherSchemas.GetValueOrDefault(version, Schema);

    public bool Equals(ResourceType? other) => other is not null && Plural == other.Plural && Group == other.Group;

    public override int GetHashCode() => HashCode.Combine(Group, Plural);
}

/// <summary>Where an object is.</summary>
/// <param name="Namespace">Empty for a cluster-scoped object.</param>
internal readonly record struct ObjectKey(ResourceType Type, string Namespace, string Name)
{
    public override string ToString() => $"{Type.QualifiedPlural}|{Namespace}|{Name}";
}
