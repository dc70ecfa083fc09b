using System.Net;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A port of an address of a Service.</summary>
internal readonly record struct Frontend(IPEndPoint Endpoint, string Namespace, string Name);

internal enum PortStateKind
{
    /// <summary>A firewall is closed: connecting gets no answer.</summary>
    Silent,

    /// <summary>No gateway listens behind the port: connecting is refused.</summary>
    Refusing,

    /// <summary>Connections are accepted, whatever becomes of them.</summary>
    Served,
}

/// <summary>How a port answers.</summary>
/// <param name="Sources">Who is heard; null for everybody.</param>
internal sealed record PortState(PortStateKind Kind, IReadOnlyList<IPNetwork>? Sources)
{
    public bool Equals(PortState? other) =>
        other is not null
        && Kind == other.Kind
        && (Sources ?? []).SequenceEqual(other.Sources ?? [])
        && Sources is null == other.Sources is null;

    public override int GetHashCode() => HashCode.Combine(Kind, Sources?.Count);
}
