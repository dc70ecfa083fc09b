using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// Gateways and routes that are not MeshPort's and take the connections of an exposure, pure. Istio merges all Gateways that select the
/// same pods, and all routes of a Gateway, from all namespaces. In a conflict it prefers the oldest object (istio/istio,
/// pilot/pkg/model/gateway.go). An object of an exposure that this installation does not know counts as one of others.
/// <code>
/// theirs                                                   | our object          | conflict         | displaced
/// ---------------------------------------------------------+---------------------+------------------+----------
/// Gateway, selects other pods, or listens on another port  | any                 | none             | no
/// Gateway, same port, both TLS, no common host             | any                 | none             | no
/// Gateway, same port, both TLS, wider wildcards only,      | any                 | none             | no
/// and no VirtualService routes a name of ours there        |                     |                  |
/// the same, and a VirtualService does                      | has the names       | GatewayConflict  | no
/// the same, and a VirtualService does                      | any other           | GatewayConflict  | yes
/// Gateway, same port                                       | older, on this port | GatewayConflict  | no
/// Gateway, same port                                       | any other           | GatewayConflict  | yes
/// route, bound to our Gateway, matches                     | older               | RouteConflict    | no
/// route, bound to our Gateway, matches                     | any other           | RouteConflict    | yes
/// </code>
/// Objects that an exposure adopts are no conflict (<see cref="RouteAdoption"/>). They displace nothing, also when they come back later.
/// </summary>
/// <param name="Conflicts">By exposure, the conflict and its remedy.</param>
/// <param name="Displaced">The ports of exposures whose connections the objects of others get.</param>
/// <param name="Adoptions">The exposures that take over objects of others.</param>
internal sealed record ForeignListeners(
    IReadOnlyDictionary<string, Observation> Conflicts,
    IReadOnlySet<(string Exposure, int Port)> Displaced,
    IReadOnlyList<(NamedExposure Exposure, RouteAdoption Adoption)> Adoptions
)
{
    public static readonly ForeignListeners None = new(new Dictionary<string, Observation>(), new HashSet<(string, int)>(), []);

    private static readonly ObjectKind[] Kinds = [ObjectKind.Gateway, ObjectKind.VirtualService, ObjectKind.TcpRoute, ObjectKind.TlsRoute];

    public static ForeignListeners Of(RouteWork work)
    {
        var conflicts = new Dictionary<string, Observation>(StringComparer.Ordinal);
        var displaced = new HashSet<(string, int)>();
        var adoptions = new List<(NamedExposure, RouteAdoption)>();
        var wanted = work.Wanted.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var others = work
            .Objects.Others.Concat(work.Objects.OursOf(Kinds).Where(found => !wanted.Contains(ObjectPlan.Owner(found.Value))))
            .Where(found => Kinds.Contains(found.Key.Kind))
            .OrderBy(found => found.Value, Age)
            .ToList();
        foreach (var exposure in others.Count == 0 ? [] : work.Wanted)
        {
            if (exposure.Spec.Ports is not null)
            {
                if (PortResults.Find(exposure, Conflict) is { } conflict)
                {
                    conflicts[exposure.Name] = conflict;
                }

                continue; // it adopts nothing
            }

            var found = Find(exposure, work, others).ToList();
            var mayAdopt = AdoptionMarks.IsOpen(exposure, ConditionTypes.RouteProgrammed);
            var adoption = found.Count > 0 || mayAdopt ? RouteAdoption.Of(exposure, work, others) : null;
            if (mayAdopt && adoption is { Obstacle: null })
            {
                adoptions.Add((exposure, adoption));
                continue;
            }

            if (found.Count > 0)
            {
                conflicts[exposure.Name] = Adoptability.Advise(found[0].Conflict, exposure, mayAdopt, adoption?.Obstacle);
            }

            // Clients get the same from the objects of others.
            if (exposure.Spec.Adopt && adoption is { Difference: null })
            {
                continue;
            }

            NoteDisplaced(exposure, found);
        }

        return new ForeignListeners(conflicts, displaced, adoptions);

        Observation? Conflict(NamedExposure part)
        {
            var found = Find(part, work, others).ToList();
            NoteDisplaced(part, found);
            return found is [var first, ..] ? first.Conflict : null;
        }

        void NoteDisplaced(NamedExposure part, List<(Observation Conflict, bool IsDisplaced)> found)
        {
            if (found.Exists(one => one.IsDisplaced))
            {
                displaced.Add((part.Name, part.Spec.Port));
            }
        }
    }

    /// <returns>The gateways of exposures whose pods have to be read, since only they can tell whether a conflict exists.</returns>
    public static IReadOnlyList<GatewayPods> Undecided(IEnumerable<NamedExposure> exposures, ClusterSpec spec, ClusterObjects objects)
    {
        var gateways = objects.OthersOf(ObjectKind.Gateway).Select(gateway => gateway.Value).ToList();
        return gateways.Count == 0
            ? []
            :
            [
                .. exposures
                    .Select(exposure => (Exposure: exposure, Pods: GatewayPods.Of(exposure.Spec, spec, objects)))
                    .SelectMany(one => one.Exposure.Parts.Select(part => (part.Spec, one.Pods)))
                    .Where(one =>
                        gateways.Exists(gateway =>
                            one.Pods.IsSelectedBy(Selector(gateway)) is null
                            && ForeignGateway.Server(gateway, one.Spec, one.Pods) is not null
                        )
                    )
                    .Select(one => one.Pods),
            ];
    }

    /// <summary>Sorts the oldest first, as Istio does.</summary>
    public static readonly Comparer<JsonObject> Age = Comparer<JsonObject>.Create(
        (one, other) =>
            string.CompareOrdinal(one.CreationTimestamp(), other.CreationTimestamp()) is var age and not 0 ? age
            : string.CompareOrdinal(one.Name(), other.Name()) is var name and not 0 ? name
            : string.CompareOrdinal(one.Namespace(), other.Namespace())
    );

    private static IEnumerable<(Observation Conflict, bool IsDisplaced)> Find(
        NamedExposure exposure,
        RouteWork work,
        List<KeyValuePair<ObjectRef, JsonObject>> others
    )
    {
        var pods = work.PodsOf(exposure.Spec);
        var gateway = AddOn.Serving(work.Spec, exposure.Spec.Gateway);
        var place = exposure.Spec.Backends[0].Namespace;
        var name = ObjectNames.Of(exposure.Name);
        foreach (var (target, theirs) in others)
        {
            if (target.Kind == ObjectKind.Gateway)
            {
                foreach (
                    var (_, server) in pods.IsSelectedBy(Selector(theirs)) == true
                        ? ForeignGateway.Servers(theirs, exposure.Spec, pods)
                        : []
                )
                {
                    var isWider = ForeignGateway.IsWider(server, exposure.Spec);
                    var holder = isWider ? ForeignGateway.FindHolder(target, exposure.Spec, others) : null;
                    if (!isWider || holder is not null)
                    {
                        var ours = OurGateway(exposure, gateway, work);
                        yield return (
                            ForeignGateway.Conflict(target, server, exposure.Spec, holder),
                            ours is null || (isWider ? !Serves(ours, exposure.Spec) : IsFirst(theirs, ours))
                        );
                    }
                }
            }
            else if (
                target.Kind == ObjectKind.VirtualService
                    ? work.Spec.Strategy != Strategy.GatewayApi && ForeignRoute.IsBound(theirs, $"{place}/{name}", exposure.Spec)
                    : work.Spec.Strategy == Strategy.GatewayApi && ForeignRoute.IsAttached(target.Kind, theirs, gateway, exposure.Spec)
            )
            {
                var ours = work.Objects.Ours.GetValueOrDefault(
                    new ObjectRef(target.Kind, place, target.Kind == ObjectKind.VirtualService ? name : ObjectNames.OfPart(exposure))
                );
                yield return (ForeignRoute.Conflict(target, exposure.Spec), ours is null || IsFirst(theirs, ours));
            }
        }
    }

    /// <summary>Whether our Gateway has the hosts of the exposure now. A listener of the Gateway API has none.</summary>
    private static bool Serves(JsonObject ours, ExposureSpec exposure) =>
        ours["spec"]?["servers"] is null || ours["spec"].Items("servers").Any(server => exposure.Hosts.All(server.Texts("hosts").Contains));

    private static bool IsFirst(JsonObject theirs, JsonObject ours) => Age.Compare(theirs, ours) < 0;

    /// <returns>Our Gateway, if it listens on the port of the exposure.</returns>
    private static JsonObject? OurGateway(NamedExposure exposure, GatewayService gateway, RouteWork work)
    {
        var isOfGatewayApi = work.Spec.Strategy == Strategy.GatewayApi;
        var target = isOfGatewayApi
            ? new ObjectRef(ObjectKind.ListenerGateway, gateway.Namespace, PortGroup.Of(exposure.Spec).Name)
            : new ObjectRef(ObjectKind.Gateway, exposure.Spec.Backends[0].Namespace, ObjectNames.Of(exposure.Name));
        var found = work.Objects.Ours.GetValueOrDefault(target);
        var ports = isOfGatewayApi
            ? (found?["spec"]?["listeners"] as JsonArray ?? []).Select(listener => listener?["port"])
            : (found?["spec"]?["servers"] as JsonArray ?? []).Select(server => server?["port"]?["number"]);
        return ports.Any(port => port?.GetValue<int>() == exposure.Spec.Port) ? found : null;
    }

    private static JsonObject? Selector(JsonObject gateway) => gateway["spec"]?["selector"] as JsonObject;
}
