using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// Opens ports by the cluster's strategy, and closes those of previous strategies, but only when the new ones have an address. So a
/// cluster changes its strategy without an outage. Pure.
/// <code>
/// exposure                     | the cluster's strategy                | a previous strategy
/// -----------------------------+---------------------------------------+---------------------------------------
/// active, has its new address  | opens its port                        | closes its port
/// active, has none yet         | opens its port                        | an open port stays, a closed one too
/// blocked by an earlier step   | an open port stays, a closed one too  | an open port stays, a closed one too
/// none wants the port          | closes it                             | closes it
/// </code>
/// A strategy that has opened no port and has no active exposure looks at nothing.
/// </summary>
internal sealed class PortPlans(IEnumerable<IPortStrategy> strategies)
{
    /// <returns>The objects that hold the ports; empty when there are no ports to open or close.</returns>
    public IReadOnlyList<PortObject> Open(PortWork work) =>
        work is { IsFirst: true, Active.Count: 0 } ? [] : strategies.Single(strategy => strategy.Kind == work.Spec.Strategy).Plan(work);

    /// <param name="status">The cluster's status, which marks the strategies in use.</param>
    /// <param name="unopened">The exposures that do not have their new address yet, and keep the old one.</param>
    /// <returns>By previous strategy, the objects that it still has.</returns>
    public IReadOnlyList<(Strategy Strategy, IReadOnlyList<PortObject> Objects)> ClosePrevious(
        PortWork work,
        ResourceStatus status,
        IReadOnlyList<NamedExposure> unopened
    ) =>
        [
            .. strategies
                .Where(strategy => strategy.Kind != work.Spec.Strategy && PreviousStrategy.IsInUse(status, strategy.Kind))
                .Select(strategy => (strategy.Kind, strategy.Plan(work with { Active = [], Kept = unopened, IsFirst = false }))),
        ];
}
