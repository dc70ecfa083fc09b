using MeshPort.Sandbox.DataPlane.Tls;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>How a gateway handles a connection to one of its ports.</summary>
/// <param name="Kind"><see cref="HopKind.Workload"/> when it forwards to one of the destinations.</param>
internal sealed record Listener(HopKind Kind, string Why, IReadOnlyList<Destination> Destinations)
{
    /// <summary>Set when the gateway ends the TLS of connections itself.</summary>
    public TlsTermination? Tls { get; init; }

    public static Listener To(IReadOnlyList<Destination> destinations) => new(HopKind.Workload, "", destinations);

    public static Listener Reset(string why) => new(HopKind.Reset, why, []);

    public static Listener NeedsServerName { get; } = new(HopKind.NeedsServerName, "TLS", []);
}

/// <param name="Port">Null when the Service has only one port.</param>
/// <param name="Refusal">The reason why it is unusable. Its share of connections is reset.</param>
/// <param name="Host">A host outside the cluster. Null for a Service.</param>
internal sealed record Destination(string Namespace, string Name, long? Port, long Weight, string? Refusal = null, string? Host = null);
