using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.RequestBodies;

/// <summary>
/// One declaration of a schema file. Types: <c>string</c>, <c>int</c>, <c>number</c>, <c>bool</c>, <c>any</c>, <c>#Type</c>,
/// <c>A|B</c> (one of), <c>x[]</c>, <c>{x}</c> (a map), <c>~</c> (read-only). Suffixes: <c>!</c> means required; <c>@</c> names the first
/// api-version, <c>@..</c> the last one; <c>@preview</c> means previews only.
/// </summary>
internal sealed record BodyShape(string Kind, bool Required, string? Versions)
{
    public bool IsReadOnly => Kind == "~";

    public BodyShape? Items => Kind.EndsWith("[]", StringComparison.Ordinal) ? this with { Kind = Kind[..^2], Required = false } : null;

    public BodyShape? Values => Kind is ['{', .., '}'] ? this with { Kind = Kind[1..^1], Required = false } : null;

    public string? TypeName => Kind is ['#', ..] && Items is null ? Kind[1..] : null;

    public static BodyShape Parse(string declaration)
    {
        var parts = declaration.Split(" @");
        var required = parts[0].EndsWith('!');
        return new BodyShape(required ? parts[0][..^1] : parts[0], required, parts.Length > 1 ? parts[1] : null);
    }

    /// <summary>Previews have all properties of the stable versions.</summary>
    public bool Exists(string apiVersion)
    {
        var preview = apiVersion.EndsWith("-preview", StringComparison.Ordinal);
        return Versions switch
        {
            null => true,
            "preview" => preview,
            ['.', '.', .. var last] => string.CompareOrdinal(apiVersion, last) <= 0,
            var first => preview || string.CompareOrdinal(apiVersion, first) >= 0,
        };
    }

    /// <summary>Whether a value other than an object or array fits. Enumerations ignore case.</summary>
    public bool Fits(JsonValue value) =>
        Kind switch
        {
            "any" => true,
            "string" => value.TryGetValue<string>(out _),
            "bool" => value.TryGetValue<bool>(out _),
            "int" => value.TryGetValue<long>(out _),
            "number" => value.TryGetValue<double>(out _),
            _ => TypeName is null && Items is null && Values is null && value.TryGetValue<string>(out _),
        };

    /// <summary>The allowed values, if the declaration names them.</summary>
    public IReadOnlyList<string>? Allowed =>
        Kind is "any" or "string" or "bool" or "int" or "number" || TypeName is not null || Items is not null || Values is not null
            ? null
            : Kind.Split('|');
}
