using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>A listener of others, and the exposure that takes it over.</summary>
/// <param name="Listener">The Gateway, for people.</param>
/// <param name="Name">A free name for the exposure; null with an obstacle.</param>
/// <param name="Spec">The spec of the exposure; null with an obstacle.</param>
/// <param name="Obstacle">Why it cannot be taken over, for people; null when it can.</param>
internal sealed record Adoptable(GatewayKind Gateway, int Port, string Listener, string? Name, ExposureSpec? Spec, string? Obstacle);

/// <summary>
/// Lists the TCP listeners of others in a cluster. An exposure is tried for each of them: a pass whose writes are dropped decides whether
/// it would become Ready.
/// </summary>
internal sealed class AdoptableReader(
    ClusterConnections connections,
    ExposureStore exposures,
    ExposureSteps steps,
    Installation installation
)
{
    private static readonly ObjectKind[] Kinds = [ObjectKind.Gateway, ObjectKind.VirtualService];
    private static readonly string[] Decisive = [ConditionTypes.RouteProgrammed, ConditionTypes.PortOpen];

    /// <param name="isName">Whether a text is a name of an exposure.</param>
    /// <returns>Whether the cluster could be observed, and the listeners in the order of gateway and port.</returns>
    public async Task<(StepResult Observation, IReadOnlyList<Adoptable> Listeners)> ReadAsync(
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        Func<string, bool> isName,
        CancellationToken cancellationToken
    )
    {
        var known = await exposures.ListAsync(cluster, cancellationToken);
        IReadOnlyList<Adoptable> listeners = [];
        var observation = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            owner.Spec.Connection,
            async api =>
            {
                var objects = await ObserveAsync(api, cluster, owner.Spec, cancellationToken);
                var held = known.SelectMany(exposure => exposure.Spec.AllPorts.Select(port => (exposure.Spec.Gateway, port))).ToHashSet();
                var named = Name(AdoptableListeners.Find(owner.Spec, objects, held), known, isName);
                listeners = await TryAsync(api, cluster, owner, known, named, cancellationToken);
                return ExposureDryRun.Seen;
            },
            cancellationToken
        );
        return (observation, [.. listeners.OrderBy(listener => listener.Gateway).ThenBy(listener => listener.Port)]);
    }

    private async Task<ClusterObjects> ObserveAsync(
        KubernetesApi api,
        ClusterId cluster,
        ClusterSpec spec,
        CancellationToken cancellationToken
    ) =>
        await ClusterObjects.ReadAsync(
            api,
            new ObjectsQuery(Kinds, Kinds, [], GatewayApiSupport: false, ControlPlaneSelector: null)
            {
                Installation = await installation.MarkAsync(cluster, cancellationToken),
                Namespaces = [.. Enum.GetValues<GatewayKind>().Select(gateway => AddOn.Gateway(spec, gateway).Namespace).Distinct()],
                ControlPlaneNamespace = AddOn.ControlPlaneNamespace(spec),
            },
            cancellationToken
        );

    private async Task<IReadOnlyList<Adoptable>> TryAsync(
        KubernetesApi api,
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        IReadOnlyList<Resource<ExposureSpec>> known,
        IReadOnlyList<Adoptable> listeners,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<ExposureChange> changes =
        [
            .. listeners
                .Where(listener => listener.Spec is not null)
                .Select(listener => new ExposureChange(listener.Name ?? "", listener.Spec, Precondition.None)),
        ];
        if (changes.Count == 0)
        {
            return listeners;
        }

        var pass = ExposuresPlan.Of(cluster, owner, changes, known).Pass;
        var objects = await steps.ObserveAsync(api, pass, cancellationToken);
        await steps.ReachAsync(pass, objects, new PlanRecorder(), _ => { }, cancellationToken);
        return
        [
            .. listeners.Select(listener =>
                Obstacle(pass, listener, owner.Spec) is { } obstacle
                    ? listener with
                    {
                        Name = null,
                        Spec = null,
                        Obstacle = obstacle,
                    }
                    : listener
            ),
        ];
    }

    private static string? Obstacle(ExposurePass pass, Adoptable listener, ClusterSpec spec) =>
        listener.Name is null ? null
        : spec.Strategy == Strategy.GatewayApi
            ? "Strategy gatewayApi has gateways of its own. Adopt with strategy managedService, and change the strategy afterwards."
        : Decisive
            .Select(condition => pass.ResultOf(listener.Name, condition))
            .FirstOrDefault(result => result is { Wait: false, Observation.Status: not ConditionStatus.True })
            ?.Observation.Message;

    /// <summary>Names each exposure after its Service. A name that is taken gets the port.</summary>
    private static List<Adoptable> Name(
        IEnumerable<AdoptableListener> listeners,
        IReadOnlyList<Resource<ExposureSpec>> known,
        Func<string, bool> isName
    )
    {
        var taken = known.Select(exposure => exposure.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. listeners.Select(listener => new Adoptable(
                listener.Gateway,
                listener.Port,
                listener.Listener,
                listener.Spec is { } spec ? Names(spec).First(name => isName(name) && taken.Add(name)) : null,
                listener.Spec,
                listener.Obstacle
            )),
        ];
    }

    private static IEnumerable<string> Names(ExposureSpec spec)
    {
        var service = spec.Backends[0].Service.Replace('.', '-');
        var port = $"{spec.Gateway.Text()}-{spec.Port}";
        return new[] { service, $"{service}-{spec.Port}", port }.Concat(
            Enumerable.Range(2, int.MaxValue - 2).Select(number => $"{port}-{number}")
        );
    }
}
