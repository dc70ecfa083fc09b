using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Kubernetes;
using MeshPort.Mesh;

namespace MeshPort.Exposures.Strategies;

/// <summary>
/// LoadBalancer Services of MeshPort's own that select the add-on's gateway pods: one for each group of exposures that can share an address. Nobody else writes them.
/// </summary>
internal sealed class CompanionServiceStrategy : IPortStrategy
{
    private const string Label = "meshport.io/ports";
    private const string LabelValue = "companion";

    public Strategy Kind => Strategy.CompanionService;

    public IEnumerable<DesiredObject> Route(NamedExposure exposure, ClusterSpec spec) => IstioRoutes.Of(exposure, AddOn.Gateway(spec, exposure.Spec.Gateway));

    public Task<IReadOnlyDictionary<string, Verdict>> RefuseAsync(KubernetesApi api, ClusterSpec spec, IReadOnlyList<NamedExposure> exposures, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, Verdict>>(new Dictionary<string, Verdict>());

    public async Task<IReadOnlyDictionary<string, PortOutcome>> OpenAsync(PortWork work, CancellationToken cancellationToken)
    {
        var services = OwnService.ByTarget(await work.Api.ListAsync(ObjectKind.Service, $"{Label}={LabelValue}", cancellationToken), ObjectKind.Service);
        var outcomes = new Dictionary<string, PortOutcome>(StringComparer.Ordinal);
        var wanted = new HashSet<ObjectRef>();
        foreach (var group in work.Active.Concat(work.Kept).GroupBy(exposure => PortGroup.Of(exposure.Spec)))
        {
            var target = new ObjectRef(ObjectKind.Service, work.Gateway(group.Key.Gateway).Namespace, group.Key.Name);
            var service = services.GetValueOrDefault(target);
            wanted.Add(target);
            var active = group.Where(work.Active.Contains).ToList();
            var kept = group.Where(exposure => !work.Active.Contains(exposure) && HasPort(service, exposure.Spec.Port)).ToList();
            var trouble = await OwnService.EnsureAsync(work, target, service, active.Count + kept.Count == 0 ? null : Body(target, group.Key, work, [.. active, .. kept]), cancellationToken);
            active.ForEach(exposure => outcomes[exposure.Name] = trouble ?? Judge(exposure, target, service));
        }

        foreach (var (target, service) in services.Where(service => !wanted.Contains(service.Key)))
        {
            await OwnService.EnsureAsync(work, target, service, null, cancellationToken);
        }

        return outcomes;
    }

    private static bool HasPort(JsonObject? service, int port) => (service?["spec"]?["ports"] as JsonArray ?? []).Any(found => found?["port"]?.GetValue<int>() == port);

    private static PortOutcome Judge(NamedExposure exposure, ObjectRef target, JsonObject? service) => service is not null && EnsureGateways.Address(service) is { } address
        ? PortOutcome.Open($"Port {exposure.Spec.Port} is open on Service {target.Name}.", address)
        : PortOutcome.Waits($"Service {target.Name} has no address yet.");

    /// <summary>Without appProtocol, since Azure would probe http ports in a way that gateways do not answer (domain facts, section 6).</summary>
    internal static JsonObject Body(ObjectRef target, PortGroup group, PortWork work, IReadOnlyList<NamedExposure> exposures)
    {
        var spec = new JsonObject
        {
            ["type"] = "LoadBalancer",
            ["selector"] = DesiredObjects.Labels(work.Gateway(group.Gateway).Selector),
            ["ports"] = new JsonArray([.. exposures.Select(exposure => exposure.Spec.Port).Distinct().Order().Select(ManagedServicePorts.Port)]),
        };
        if (group.AllowedSources.Count > 0)
        {
            spec["loadBalancerSourceRanges"] = DesiredObjects.Texts(group.AllowedSources);
        }

        return OwnService.Body(target, work.Installation, Label, LabelValue, group.Annotations(exposures), spec);
    }
}
