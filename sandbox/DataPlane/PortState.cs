using System.Net;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A port of a Service's address.</summary>
internal readonly record struct Frontend(IPEndPoint Endpoint, string Namespace, string Name);

internal enum PortStateKind
{
    /// <summary>A closed firewall: connection attempts get no answer.</summary>
    Silent,

    /// <summary>No gateway listens behind the port: connections are refused.</summary>
    Refusing,

    /// <summary>The port accepts connections, whatever happens to them later.</summary>
    Served,
}

/// <summary>How a port answers.</summary>
/// <param name="Sources">The allowed sources. Null: all.</param>
internal sealed record PortState(PortStateKind Kind, IReadOnlyList<IPNetwork>? Sources)
{
    public bool Equals(PortState? other) =>
        other is not null
        && Kind == other.Kind
        && (Sources ?? []).SequenceEqual(other.Sources ?? [])
        && Sources is null == other.Sources is null;

    public override int GetHashCode() => HashCode.Combine(Kind, Sources?.Count);
}
