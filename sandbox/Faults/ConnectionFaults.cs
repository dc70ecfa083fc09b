using System.Net;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Faults;

/// <summary>Faults of the connections to one cluster's public addresses.</summary>
internal sealed class ConnectionFaults(SandboxWorld world, Func<ClusterShape> cluster)
{
    private static readonly TimeSpan UsualDelay = TimeSpan.FromSeconds(30);

    /// <summary>Raised after a fault was added; ask <see cref="CutsOpen"/> what it does to connections that are open.</summary>
    public event Action<Fault>? Added
    {
        add => world.Faults.Added += value;
        remove => world.Faults.Added -= value;
    }

    /// <summary>Holds a new connection up for as long as it is to wait.</summary>
    /// <returns>False when it is to be reset.</returns>
    public async Task<bool> AdmitAsync((string Namespace, string Name) service, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var rule = world.Faults.Strike(FaultCall.OfConnection(cluster(), service, endpoint));
        if (rule is { Kind: FaultKind.Slow })
        {
            await Task.Delay(rule.Lasts ?? UsualDelay, world.Clock, cancellationToken);
        }

        return rule is null or { Kind: FaultKind.Slow };
    }

    public bool CutsOpen(Fault fault, (string Namespace, string Name) service, IPEndPoint endpoint) =>
        fault.Rule.Kind == FaultKind.Down && FaultCall.OfConnection(cluster(), service, endpoint).Matches(fault.Rule);
}
