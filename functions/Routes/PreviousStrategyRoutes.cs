using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;

namespace MeshPort.Routes;

/// <summary>What of the way that a cluster has left stays until its ports are closed: the routes behind them, and what keeps out those who are not allowed.</summary>
internal static class PreviousStrategyRoutes
{
    private static readonly ObjectKind[] OfIstio = [ObjectKind.Gateway, ObjectKind.VirtualService];
    private static readonly ObjectKind[] OfGatewayApi = [ObjectKind.TcpRoute, ObjectKind.TlsRoute, ObjectKind.ReferenceGrant];

    /// <summary>Whether the two ways of opening ports need other kinds of routes.</summary>
    public static bool AreOther(Strategy one, Strategy other) => (one == Strategy.GatewayApi) != (other == Strategy.GatewayApi);

    /// <summary>The kinds of routes that ports need which are still open in another way than the chosen one; empty where none are.</summary>
    public static IReadOnlyList<ObjectKind> Kinds(ResourceStatus status, Strategy chosen) =>
        !Enum.GetValues<Strategy>().Any(other => AreOther(other, chosen) && status.Made.Contains(OpenPorts.Mark(other))) ? []
        : chosen == Strategy.GatewayApi ? OfIstio
        : OfGatewayApi;

    /// <summary>While ports are still open in a way that needs the other kind of routes, those of wanted exposures are not looked at, and so stay.</summary>
    public static void Keep(
        Dictionary<ObjectRef, JsonObject> observed,
        IEnumerable<NamedExposure> all,
        ResourceStatus status,
        Strategy chosen
    )
    {
        var kinds = Kinds(status, chosen);
        var wanted = all.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        foreach (
            var target in observed
                .Where(found => kinds.Contains(found.Key.Kind) && wanted.Contains(ObjectPlan.Owner(found.Value)))
                .Select(found => found.Key)
                .ToList()
        )
        {
            observed.Remove(target);
        }
    }

    /// <summary>Whether what keeps strangers out of the add-on's ports may be needed though another way was chosen.</summary>
    public static bool NeedsGuards(ResourceStatus status, Strategy chosen) =>
        chosen != Strategy.ManagedService && status.Made.Contains(OpenPorts.Mark(Strategy.ManagedService));

    /// <summary>The refusals at the gateway of those whose port the add-on's Service still has; not of others, whose clients' addresses the gateway may not see any more.</summary>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<IReadOnlyList<DesiredObject>> GuardsAsync(
        KubernetesApi api,
        ClusterSpec spec,
        ResourceStatus status,
        IReadOnlyList<NamedExposure> all,
        CancellationToken cancellationToken
    )
    {
        var guards = new List<DesiredObject>();
        if (!NeedsGuards(status, spec.Strategy) || SourceRestriction.HasNetworkSecurityGroup(spec))
        {
            return guards;
        }

        foreach (var group in all.Where(exposure => exposure.Spec.AllowedSources.Count > 0).GroupBy(exposure => exposure.Spec.Gateway))
        {
            var gateway = AddOn.Gateway(spec, group.Key);
            var service = await api.FindAsync(new ObjectRef(ObjectKind.Service, gateway.Namespace, gateway.Service), cancellationToken);
            var ports = (service?["spec"]?["ports"] as JsonArray ?? []).Select(port => port?["port"]?.GetValue<int>() ?? 0).ToHashSet();
            guards.AddRange(
                group.Where(exposure => ports.Contains(exposure.Spec.Port)).Select(exposure => SourceRestriction.Of(exposure, gateway))
            );
        }

        return guards;
    }
}
