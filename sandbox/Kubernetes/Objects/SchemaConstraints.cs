using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Definitions.Cel;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// Value constraints of an OpenAPI v3 schema in custom resource definitions
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation).
/// </summary>
internal sealed record SchemaConstraints
{
    public IReadOnlyList<JsonNode> Enum { get; init; } = [];

    public Regex? Pattern { get; init; }

    /// <summary>As published, for messages.</summary>
    public string PatternText { get; init; } = "";

    public string? Format { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public int? MinItems { get; init; }

    public int? MaxItems { get; init; }

    public int? MinProperties { get; init; }

    public int? MaxProperties { get; init; }

    public JsonNode? Default { get; init; }

    public IReadOnlyList<Schema> AllOf { get; init; } = [];

    public IReadOnlyList<Schema> AnyOf { get; init; } = [];

    public IReadOnlyList<Schema> OneOf { get; init; } = [];

    public Schema? Not { get; init; }

    /// <summary>x-kubernetes-validations.</summary>
    public IReadOnlyList<CelRule> Rules { get; init; } = [];
}
