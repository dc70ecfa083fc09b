namespace MeshPort.Sandbox.DataPlane;

/// <summary>What a gateway does with a connection to one of its ports.</summary>
/// <param name="Kind"><see cref="HopKind.Workload"/> when it goes on to one of the destinations.</param>
internal sealed record Listener(HopKind Kind, string Why, IReadOnlyList<Destination> Destinations)
{
    public static Listener To(IReadOnlyList<Destination> destinations) => new(HopKind.Workload, "", destinations);

    public static Listener Reset(string why) => new(HopKind.Reset, why, []);

    public static Listener NeedsServerName { get; } = new(HopKind.NeedsServerName, "TLS passthrough", []);
}

/// <param name="Port">Null when the Service has one port only.</param>
/// <param name="Refusal">Why it cannot be used; its share of the connections is reset.</param>
/// <param name="Host">Outside the cluster; null for a Service.</param>
internal sealed record Destination(string Namespace, string Name, long? Port, long Weight, string? Refusal = null, string? Host = null);
