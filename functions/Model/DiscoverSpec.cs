namespace MeshPort.Model;

/// <summary>
/// The Services that may ask for exposures by annotations, and what they may ask for (ADR 18). Exactly one of
/// <see cref="Namespaces"/> and <see cref="NamespaceSelector"/> is set.
/// </summary>
public sealed record DiscoverSpec
{
    /// <summary>The namespaces of the Services, sorted; null with a selector.</summary>
    public IReadOnlyList<string>? Namespaces { get; init; }

    /// <summary>The labels that the namespaces of the Services have, all of them; null with names.</summary>
    public IReadOnlyDictionary<string, string>? NamespaceSelector { get; init; }

    /// <summary>The ports that Services may ask for, as <c>9000</c> or <c>9000-9099</c>.</summary>
    public required IReadOnlyList<string> Ports { get; init; }

    /// <summary>The gateways that Services may ask for.</summary>
    public IReadOnlyList<GatewayKind> Gateways { get; init; } = [GatewayKind.External, GatewayKind.Internal];
}
