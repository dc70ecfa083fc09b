using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// The policies at the gateway that keep other sources out, pure. A policy denies connections to a listener. Others may use the listener,
/// too: port 443, or any port of others that leads there (<see cref="SharedPort"/>). A policy must never deny theirs.
/// <code>
/// listener of the exposure                    | policy
/// --------------------------------------------+--------------------------------------------------------------------
/// it has no other users                       | always: the port may still be open
/// it has, and the exposure is not routed      | none: the names and ports may be those of others
/// it has, and the exposure is routed          | for its names, without those of others below its wildcards
/// it has, while exposures are being removed   | stays as it is
/// </code>
/// </summary>
internal static class Guards
{
    private static readonly HashSet<(string Exposure, int Port)> None = [];
    private static readonly HashSet<string> NoNames = [];

    /// <summary>The policy of an exposure on a cluster that was not observed, as if nothing kept it from its routes.</summary>
    public static IEnumerable<DesiredObject> OfUnobserved(NamedExposure exposure, ClusterSpec spec) =>
        Of(new RouteWork(spec, new ResourceStatus(), ClusterObjects.None, [exposure], NoNames, NoNames), NoNames, None);

    /// <summary>The policies of the cluster's strategy.</summary>
    /// <param name="unrouted">The exposures without routes.</param>
    /// <param name="displaced">The ports of exposures whose connections the objects of others get.</param>
    public static IEnumerable<DesiredObject> Of(
        RouteWork work,
        IReadOnlySet<string> unrouted,
        IReadOnlySet<(string Exposure, int Port)> displaced
    ) =>
        work.Spec.Strategy == Strategy.ManagedService
            ? Make(work, work.Spec, exposure => !unrouted.Contains(exposure.Name), displaced)
            : [];

    /// <summary>
    /// The policies of exposures whose port the add-on's Service still has from a previous strategy. Other exposures get none: the gateway
    /// may no longer see their clients' addresses.
    /// </summary>
    /// <inheritdoc cref="Of"/>
    public static IEnumerable<DesiredObject> OfPreviousStrategy(RouteWork work, IReadOnlySet<string> unrouted)
    {
        var previous = work.Spec with { Strategy = Strategy.ManagedService };
        return PreviousStrategy.HasManagedPorts(work.Status, work.Spec.Strategy)
            ? Make(
                work with
                {
                    Wanted = [.. work.Wanted.Where(exposure => HasPort(Own(exposure, work), exposure.Spec))],
                },
                previous,
                IsRouted,
                None
            )
            : [];

        // The routes of the previous strategy stay until its ports are closed.
        bool IsRouted(NamedExposure exposure) =>
            work.Objects.Ours.ContainsKey(IstioRoutes.GatewayOf(exposure))
            && (work.Spec.Strategy == Strategy.GatewayApi || !unrouted.Contains(exposure.Name));
    }

    /// <summary>
    /// The exposures whose routes wait until the Service keeps the addresses of clients, by which a policy judges. Others have opened their
    /// listener already, so the route would let everybody in.
    /// </summary>
    /// <param name="isHeldUp">Whether something else keeps the exposure from its routes.</param>
    public static Dictionary<string, StepResult> FindWaits(RouteWork work, Func<string, bool> isHeldUp) =>
        work.IsRemoval || work.IsDryRun
            ? []
            : work
                .Wanted.Where(exposure =>
                    exposure.Spec is { AllowedSources.Count: > 0, ClientAddress: not null }
                    && !isHeldUp(exposure.Name)
                    && !work.Objects.Ours.ContainsKey(IstioRoutes.GatewayOf(exposure))
                    && Own(exposure, work) is { } own
                    && !TrafficPolicy.IsLocal(own)
                    && SharedPort.HasOtherUsers(exposure.Spec, work.Spec, own)
                    && SharedPort.OfOthers(exposure.Spec, own) is not null
                )
                .ToDictionary(
                    exposure => exposure.Name,
                    exposure =>
                        StepResult.AskAgain(
                            Reasons.Pending,
                            $"The route waits until Service {Own(exposure, work)?.Name()} keeps the addresses of clients "
                                + $"({TrafficPolicy.Field} {TrafficPolicy.Local}), by which the gateway keeps other sources out."
                        ),
                    StringComparer.Ordinal
                );

    private static IEnumerable<DesiredObject> Make(
        RouteWork work,
        ClusterSpec spec,
        Func<NamedExposure, bool> isRouted,
        IReadOnlySet<(string Exposure, int Port)> displaced
    )
    {
        foreach (var exposure in work.Wanted.Where(exposure => exposure.Spec.AllowedSources.Count > 0))
        {
            var own = Own(exposure, work);
            if (!SourceRestriction.IsAtGateway(exposure.Spec, spec, own))
            {
                continue;
            }

            if (!SharedPort.IsUsedBy(exposure.Spec, spec) && SharedPort.OfOthers(exposure.Spec, own) is null)
            {
                yield return SourceAuthorization.Of(exposure, AddOn.Gateway(spec, exposure.Spec.Gateway), own);
            }
            else if (
                !work.IsRemoval
                && isRouted(exposure)
                && exposure.Only(port => !displaced.Contains((exposure.Name, port))) is { } served
            )
            {
                yield return SourceAuthorization.Of(
                    served,
                    AddOn.Gateway(spec, exposure.Spec.Gateway),
                    own,
                    NamesOfOthers(served, work with { Spec = spec })
                );
            }
        }
    }

    /// <summary>The names of others below a wildcard of the exposure. Envoy gives a connection to the narrowest name.</summary>
    private static List<string> NamesOfOthers(NamedExposure exposure, RouteWork work)
    {
        var pods = work.PodsOf(exposure.Spec);
        return
        [
            .. work
                .Objects.OthersOf(ObjectKind.Gateway)
                .Where(found => pods.IsSelectedBy(found.Value["spec"]?["selector"] as JsonObject) == true)
                .SelectMany(found => ForeignGateway.NarrowerNames(found, exposure.Spec, pods, work.Objects.Others))
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static JsonObject? Own(NamedExposure exposure, RouteWork work) =>
        SharedPort.Service(work.Spec, exposure.Spec.Gateway, work.Objects);

    private static bool HasPort(JsonObject? service, ExposureSpec spec) =>
        service?.ServicePorts().Any(found => spec.HasPort(found.PortNumber())) == true;
}
