using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;

namespace MeshPort.Routes;

/// <summary>Which objects should route the exposures, and what is in the way of which of them, after looking what the cluster serves and has. Writes nothing.</summary>
/// <param name="Obstacles">By exposure.</param>
internal sealed record DesiredRoutes(IReadOnlyList<DesiredObject> Desired, IReadOnlyDictionary<string, Observation> Obstacles)
{
    /// <param name="all">All that are wanted.</param>
    /// <param name="judged">Those of whom is asked whether the strategy can serve them.</param>
    /// <param name="active">Those whose backends are looked for.</param>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<DesiredRoutes> FindAsync(
        KubernetesApi api,
        ClusterSpec spec,
        IPortStrategy strategy,
        IReadOnlyList<NamedExposure> all,
        IReadOnlyList<NamedExposure> judged,
        IReadOnlyList<NamedExposure> active,
        CancellationToken cancellationToken
    )
    {
        var obstacles = new Dictionary<string, Observation>(
            await strategy.RefuseAsync(api, spec, judged, cancellationToken),
            StringComparer.Ordinal
        );
        var unguarded = obstacles
            .Where(obstacle => obstacle.Value.Reason == Reasons.SourcesNotRestrictable)
            .Select(obstacle => obstacle.Key)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (exposure, backend) in await Backends.FindMissingAsync(api, active, cancellationToken))
        {
            obstacles.TryAdd(exposure, Observation.False(Reasons.BackendNotFound, backend));
        }

        var foreign = await ForeignRules.FindAsync(api, all, gateway => AddOn.Gateway(spec, gateway), cancellationToken);
        foreach (var (exposure, conflict) in foreign.Conflicts)
        {
            obstacles.TryAdd(exposure, conflict);
        }

        IReadOnlyList<DesiredObject> desired =
        [
            .. Of(all, spec, strategy)
                .Where(one => Guards(one.Target) || !unguarded.Contains(one.Exposure)) // who cannot be kept out has no way in
                .Where(one =>
                    one.Target.Kind != ObjectKind.DestinationRule
                    || !foreign.Hosts.Contains(one.Body["spec"]?["host"]?.GetValue<string>() ?? "")
                ),
        ];
        return new DesiredRoutes(desired, obstacles);
    }

    /// <summary>Where nothing is in the way.</summary>
    public static IEnumerable<DesiredObject> Of(IReadOnlyList<NamedExposure> exposures, ClusterSpec spec, IPortStrategy strategy) =>
        [
            .. exposures.SelectMany(exposure =>
                strategy.Route(exposure, spec).Concat(IstioRoutes.Hosts(exposure, AddOn.Gateway(spec, exposure.Spec.Gateway)))
            ),
            .. IstioRoutes.IdleTimeouts(exposures, gateway => AddOn.Gateway(spec, gateway)),
        ];

    /// <summary>What can be carried out though something is in the way of some exposures: deletions, what guards, and of those exposures where they are heard.</summary>
    public static IEnumerable<Change> Possible(
        IEnumerable<Change> changes,
        IReadOnlyDictionary<ObjectRef, JsonObject> observed,
        Func<string, bool> isHeldUp
    ) =>
        changes
            .Select(change =>
                change.Exposure is { } exposure && isHeldUp(exposure) && !Guards(change.Target)
                    ? ObjectPlan.HeldUp(change, observed)
                    : change
            )
            .OfType<Change>();

    /// <summary>What lets fewer in is written whatever else is in the way.</summary>
    public static bool Guards(ObjectRef target) => target.Kind == ObjectKind.AuthorizationPolicy;
}
