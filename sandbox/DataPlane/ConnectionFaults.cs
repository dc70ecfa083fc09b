using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>Faults of the connections to one cluster's public addresses.</summary>
internal sealed class ConnectionFaults(SandboxWorld world, Func<ClusterShape> cluster)
{
    private static readonly TimeSpan UsualDelay = TimeSpan.FromSeconds(30);

    /// <summary>Raised after a fault was added. <see cref="CutsOpen"/> tells whether the fault cuts open connections.</summary>
    public event Action<Fault>? Added
    {
        add => world.Faults.Added += value;
        remove => world.Faults.Added -= value;
    }

    /// <summary>Delays a new connection as the faults require.</summary>
    /// <returns>False to reset the connection.</returns>
    public async Task<bool> AdmitAsync(Frontend frontend, CancellationToken cancellationToken)
    {
        var rule = world.Faults.Strike(Call(frontend));
        if (rule is { Kind: FaultKind.Slow })
        {
            await Task.Delay(rule.Lasts ?? UsualDelay, world.Clock, cancellationToken);
        }

        return rule is null or { Kind: FaultKind.Slow };
    }

    public bool CutsOpen(Fault fault, Frontend frontend) => fault.Rule.Kind == FaultKind.Down && Call(frontend).Matches(fault.Rule);

    private FaultCall Call(Frontend frontend)
    {
        var (shape, endpoint) = (cluster(), frontend.Endpoint);
        return new FaultCall(
            FaultLayer.DataPlane,
            FaultPoint.Request,
            ["CONNECT"],
            frontend.Name,
            [shape.Name, shape.ClusterId, frontend.Namespace, frontend.Name, $"{endpoint}", $"{endpoint.Address}", $"{endpoint.Port}"]
        );
    }
}
