using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <param name="Wanted">All exposures that should exist.</param>
/// <param name="Blocked">
/// The exposures that an earlier condition blocks: nothing is written for them, and their backends are not checked.
/// </param>
/// <param name="Deletable">The exposures from which the plan may delete objects.</param>
/// <param name="IsRemoval">Whether exposures are being removed. Then the plan deletes, and adds nothing but guards.</param>
internal sealed record RouteWork(
    ClusterSpec Spec,
    ResourceStatus Status,
    ClusterObjects Objects,
    IReadOnlyList<NamedExposure> Wanted,
    IReadOnlySet<string> Blocked,
    IReadOnlySet<string> Deletable,
    bool IsRemoval = false
)
{
    /// <summary>Whether the plan does not wait for other steps: a dry run shows all changes.</summary>
    public bool IsDryRun { get; init; }

    private readonly Dictionary<ObjectRef, GatewayPods> _pods = [];
    private IReadOnlyList<JsonObject>? _destinationRules;

    /// <summary>The DestinationRules of others.</summary>
    public IReadOnlyList<JsonObject> DestinationRules =>
        _destinationRules ??= [.. Objects.OthersOf(ObjectKind.DestinationRule).Select(rule => rule.Value)];

    /// <summary>The pods that serve an exposure. Many exposures share them, so each gateway is looked up once.</summary>
    public GatewayPods PodsOf(ExposureSpec exposure)
    {
        var service = GatewayPods.ServiceOf(exposure, Spec);
        return _pods.TryGetValue(service, out var known) ? known : _pods[service] = GatewayPods.Of(exposure, Spec, Objects);
    }
}

/// <summary>
/// Decides the routes of all exposures as the cluster's strategy has them, pure. The first row that fits an exposure counts:
/// <code>
/// obstacle                                              | result
/// ------------------------------------------------------+---------------------------------------------------
/// the strategy cannot restrict its sources              | False, SourcesNotRestrictable; its routes are deleted
/// the cluster does not serve the Gateway API it needs   | False, StrategyNotServed
/// a Gateway of others listens on its port, or another   | False, GatewayConflict
/// exposure has the listener of port 443                 |
/// a route or a host of others takes its connections     | False, RouteConflict
/// a policy of others denies everybody at the gateway    | False, TrafficDenied
/// the gateway cannot end TLS with its certificate       | as Certificates decides
/// a backend's Service cannot be routed to (Backends)    | False, BackendNotFound
/// a DestinationRule of others differs                   | False, DestinationRuleConflict
/// another exposure of its backend differs               | False, ProxyProtocolConflict
/// one of its objects is being deleted                   | wait, Pending
/// the gateway does not see the addresses of clients yet | wait, Pending (Guards)
/// none, and it takes over objects of others             | RouteReleases
/// none                                                  | True, AsDesired
/// </code>
/// With an obstacle, an exposure keeps its backends but listens where its spec says, since another exposure may have taken over its old
/// port. Routes of the previous strategy stay until its ports close, and its Gateways see hosts and DestinationRules meanwhile. Istio
/// prefers the oldest object. Where that one belongs to others, the port is displaced: its routes are deleted or not created, and it does
/// not stay open. The other ports of the exposure keep theirs.
/// </summary>
internal sealed record RoutePlan(
    IReadOnlyList<Change> Changes,
    IReadOnlyDictionary<string, StepResult> Results,
    IReadOnlyList<DesiredObject> Desired,
    IReadOnlyDictionary<string, Observation> Obstacles,
    IReadOnlySet<(string Exposure, int Port)> Displaced,
    IReadOnlyDictionary<string, string> Hints,
    RouteReleases Releases
)
{
    /// <summary>The exposures that only wait until the gateway sees the addresses of clients.</summary>
    public IReadOnlySet<string> Preparing { get; private init; } = new HashSet<string>();

    public static RoutePlan Of(RouteWork work)
    {
        var listeners = work.IsRemoval ? ForeignListeners.None : ForeignListeners.Of(work);
        var policies = work.IsRemoval ? ForeignPolicies.None : ForeignPolicies.Of(work);
        var hosts = work.IsRemoval ? [] : ForeignHosts.FindConflicts(work);
        var shared = work.IsRemoval ? SharedListeners.None : SharedListeners.Of(work);
        var displaced = work
            .Wanted.Where(exposure => hosts.ContainsKey(exposure.Name))
            .SelectMany(exposure => exposure.Spec.AllPorts.Select(port => (exposure.Name, port)))
            .Concat(listeners.Displaced)
            .Concat(shared.Displaced)
            .ToHashSet();
        NamedExposure? Served(NamedExposure exposure) => exposure.Only(port => !displaced.Contains((exposure.Name, port)));
        var proxies = ProxyProtocols.Of(work.Wanted, (exposure, backend) => ForeignRules.Current(exposure, backend, work));
        var obstacles = FindObstacles(
            work,
            listeners.Conflicts.Concat(hosts).Concat(shared.Conflicts).Concat(policies.Denials),
            proxies.Conflicts,
            out var foreignHosts
        );
        var unrouted = obstacles
            .Where(obstacle => obstacle.Value.Reason == Reasons.SourcesNotRestrictable)
            .Select(obstacle => obstacle.Key)
            .Concat(work.Wanted.Where(exposure => Served(exposure) is null).Select(exposure => exposure.Name))
            .ToHashSet(StringComparer.Ordinal);
        var preparing = Guards.FindWaits(work, exposure => work.Blocked.Contains(exposure) || obstacles.ContainsKey(exposure));
        IReadOnlyList<DesiredObject> desired =
        [
            .. Guards.OfPreviousStrategy(work, unrouted),
            .. Guards.Of(work, unrouted, displaced),
            .. RouteObjects
                .Of(
                    [.. work.Wanted.Select(exposure => Served(exposure) ?? exposure)],
                    work.Spec,
                    RuleUsers.Of(proxies, unrouted, IsHeldUp),
                    GatewayHomes.Former(work.Spec, work.Objects)
                )
                .Where(one => !unrouted.Contains(one.Exposure))
                .Where(one => one.Target.Kind != ObjectKind.DestinationRule || !foreignHosts.Contains(HostOf(one))),
        ];
        var observed = Observed(work);
        var changes = ObjectPlan.Make(desired, observed, work.Deletable);
        if (!work.IsRemoval)
        {
            // A policy stays as long as its routes. A removal deletes in the opposite order.
            changes = [.. changes.OrderBy(change => change.Action == ChangeAction.Delete && RouteObjects.IsGuard(change.Target))];
        }

        var releases = RouteReleases.Of(
            listeners.Adoptions.Where(one =>
                !work.Blocked.Contains(one.Exposure.Name)
                && !obstacles.ContainsKey(one.Exposure.Name)
                && Terminating.Find(one.Exposure.Name, desired, observed) is null
            ),
            changes
        );
        return new RoutePlan(
            work.IsRemoval
                ? [.. changes.Where(change => change.Action == ChangeAction.Delete || RouteObjects.IsGuard(change.Target))]
                : [.. Possible(changes, observed, IsHeldUp)],
            work.Wanted.Where(exposure => !work.Blocked.Contains(exposure.Name))
                .ToDictionary(
                    exposure => exposure.Name,
                    exposure =>
                        obstacles.TryGetValue(exposure.Name, out var obstacle) ? new StepResult(obstacle, Certificates.Waits(obstacle))
                        : Terminating.Find(exposure.Name, desired, observed) is { } waits ? StepResult.AskAgain(Reasons.Pending, waits)
                        : preparing.GetValueOrDefault(exposure.Name)
                            ?? releases.Waits.GetValueOrDefault(exposure.Name)
                            ?? StepResult.Done(Observation.True(Reasons.AsDesired, Summary(exposure, work))),
                    StringComparer.Ordinal
                ),
            desired,
            obstacles,
            displaced,
            policies.Hints,
            releases
        )
        {
            Preparing = preparing.Keys.ToHashSet(StringComparer.Ordinal),
        };

        bool IsHeldUp(string exposure) =>
            work.Blocked.Contains(exposure) || obstacles.ContainsKey(exposure) || preparing.ContainsKey(exposure);
    }

    /// <summary>
    /// MeshPort's routes. Those behind open ports of the previous strategy are left out, so the plan does not delete them.
    /// </summary>
    public static Dictionary<ObjectRef, JsonObject> Observed(RouteWork work)
    {
        var previous = PreviousStrategy.Routes(work.Status, work.Spec.Strategy);
        var wanted = work.Wanted.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        return work
            .Objects.OursOf(RouteObjects.Family)
            .Where(found => !previous.Contains(found.Key.Kind) || !wanted.Contains(ObjectPlan.Owner(found.Value)))
            .ToDictionary();
    }

    private static Dictionary<string, Observation> FindObstacles(
        RouteWork work,
        IEnumerable<KeyValuePair<string, Observation>> conflicts,
        IEnumerable<KeyValuePair<string, Observation>> proxyConflicts,
        out IReadOnlySet<string> foreignHosts
    )
    {
        var foreign = ForeignRules.Of(work);
        foreignHosts = foreign.Hosts;
        var obstacles = work.IsRemoval ? [] : FindStrategyRefusals(work);
        foreach (var (exposure, conflict) in conflicts)
        {
            obstacles.TryAdd(exposure, conflict);
        }

        var active = work.Wanted.Where(exposure => !work.Blocked.Contains(exposure.Name)).ToList();
        foreach (var exposure in active)
        {
            if (Certificates.FindError(exposure.Spec, work.Spec, work.Objects) is { } error)
            {
                obstacles.TryAdd(exposure.Name, error);
            }
        }

        foreach (var (exposure, backend) in Backends.FindMissing(active, work.Objects.Services, gateway => AddOn.Home(work.Spec, gateway)))
        {
            obstacles.TryAdd(exposure, Observation.False(Reasons.BackendNotFound, backend));
        }

        foreach (var (exposure, conflict) in foreign.Conflicts.Concat(proxyConflicts))
        {
            obstacles.TryAdd(exposure, conflict);
        }

        return obstacles;
    }

    private static Dictionary<string, Observation> FindStrategyRefusals(RouteWork work) =>
        work.Spec.Strategy switch
        {
            Strategy.GatewayApi => GatewayApiSupport.FindRefusals(work.Wanted, work.Objects),
            Strategy.ManagedService => SourceRestriction.FindRefusals(work.Wanted, work.Spec, work.Objects),
            _ => SourceRestriction.FindShared(work.Wanted, work.Spec, work.Objects),
        };

    /// <summary>
    /// The changes that are possible although some exposures have obstacles: deletions, guards, and where an exposure listens.
    /// </summary>
    private static IEnumerable<Change> Possible(
        IEnumerable<Change> changes,
        IReadOnlyDictionary<ObjectRef, JsonObject> observed,
        Func<string, bool> isHeldUp
    ) =>
        changes
            .Select(change =>
                change.Action != ChangeAction.Delete && isHeldUp(change.Exposure) && !RouteObjects.IsGuard(change.Target)
                    ? ObjectPlan.HeldUp(change, observed)
                    : change
            )
            .OfType<Change>();

    private static string Summary(NamedExposure exposure, RouteWork work)
    {
        var notice = Certificates.FindNotice(exposure.Spec, work.Spec, work.Objects);
        var unseen =
            work.Objects.HasAllGateways || work.Spec.Strategy == Strategy.GatewayApi
                ? null
                : "MeshPort may not list Gateways and VirtualServices in all namespaces, so it does not see all objects that may take its "
                    + "connections.";
        return string.Join(' ', new[] { "The route is as desired.", notice, unseen }.OfType<string>());
    }

    private static string HostOf(DesiredObject rule) => rule.Body["spec"]?["host"]?.GetValue<string>() ?? "";
}
