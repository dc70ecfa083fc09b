using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;

namespace MeshPort.Ports;

/// <summary>
/// Gateways of the Kubernetes Gateway API, for which Istio runs pods and Services of their own. Needs routes of version v1 and an Istio that serves them: TLSRoute from
/// 1.30, TCPRoute from 1.31 (domain facts, sections 2.2 and 2.3).
/// </summary>
internal sealed partial class GatewayApiStrategy : IPortStrategy
{
    private const string Class = "istio";
    private const string Label = "meshport.io/ports";
    private const string LabelValue = "gateway";

    /// <summary>A Gateway has at most 64 listeners (its CRD).</summary>
    private const int MostListeners = 64;

    public Strategy Kind => Strategy.GatewayApi;

    public IEnumerable<DesiredObject> Route(NamedExposure exposure, ClusterSpec spec) =>
        GatewayApiRoutes.Of(exposure, AddOn.Gateway(spec, exposure.Spec.Gateway));

    public async Task<IReadOnlyDictionary<string, Observation>> RefuseAsync(
        KubernetesApi api,
        ClusterSpec spec,
        IReadOnlyList<NamedExposure> exposures,
        CancellationToken cancellationToken
    )
    {
        if (exposures.Count == 0)
        {
            return new Dictionary<string, Observation>();
        }

        var served = await api.ServedAsync(ObjectKind.ListenerGateway, cancellationToken);
        var meshes = await api.ListAsync(ObjectKind.Deployment, AddOn.ControlPlaneSelector, cancellationToken);
        var minor = meshes.Select(Minor).DefaultIfEmpty(0).Min();
        return exposures
            .Select(exposure => (exposure.Name, Refusal: Refusal(exposure.Spec.Protocol, served, minor)))
            .Where(pair => pair.Refusal is not null)
            .ToDictionary(
                pair => pair.Name,
                pair => Observation.False(Reasons.StrategyNotServed, pair.Refusal ?? ""),
                StringComparer.Ordinal
            );
    }

    public async Task<IReadOnlyList<PortObject>> PlanAsync(PortWork work, CancellationToken cancellationToken)
    {
        var gateways = OwnService.ByTarget(
            await work.Api.ListAsync(ObjectKind.ListenerGateway, $"{Label}={LabelValue}", cancellationToken),
            ObjectKind.ListenerGateway
        );
        var objects = new List<PortObject>();
        var wanted = new HashSet<ObjectRef>();
        foreach (var group in work.Active.Concat(work.Kept).GroupBy(exposure => PortGroup.Of(exposure.Spec)))
        {
            var target = new ObjectRef(ObjectKind.ListenerGateway, work.Gateway(group.Key.Gateway).Namespace, group.Key.Name);
            var gateway = gateways.GetValueOrDefault(target);
            wanted.Add(target);
            var kept = group.Where(exposure => !work.Active.Contains(exposure) && Listener(gateway, exposure.Spec) is not null).ToList();
            var listeners = kept.Concat(group.Where(work.Active.Contains).OrderBy(exposure => Listener(gateway, exposure.Spec) is null)) // who is in stays in
                .Select(exposure => GatewayApiRoutes.ListenerName(exposure.Spec))
                .Distinct()
                .Take(MostListeners)
                .ToHashSet(StringComparer.Ordinal);
            var active = group.Where(work.Active.Contains).ToList();
            List<NamedExposure> open =
            [
                .. kept,
                .. active.Where(exposure => listeners.Contains(GatewayApiRoutes.ListenerName(exposure.Spec))),
            ];
            var body = open.Count == 0 ? null : Body(target, group.Key, work, open);
            objects.Add(
                OwnService.Of(
                    work,
                    target,
                    gateway,
                    body,
                    active.ToDictionary(exposure => exposure.Name, exposure => Judge(exposure, target, gateway, open))
                )
            );
        }

        objects.AddRange(
            gateways
                .Where(gateway => !wanted.Contains(gateway.Key))
                .Select(gateway => OwnService.Of(work, gateway.Key, gateway.Value, null, []))
        );
        return objects;
    }

    /// <summary>What the cluster lacks; null when it serves the protocol.</summary>
    internal static string? Refusal(ExposureProtocol protocol, IReadOnlySet<string> served, int minor) =>
        protocol switch
        {
            _ when !served.Contains(ObjectKind.ListenerGateway.Plural) =>
                "The cluster does not serve the Gateway API; install it (ingressProfile.gatewayAPI), or use strategy companionService.",
            ExposureProtocol.Tls when !served.Contains(ObjectKind.TlsRoute.Plural) || minor < 30 =>
                $"TLSRoute v1 needs a Gateway API bundle from 1.5 (Kubernetes 1.36) and Istio from 1.30, and the cluster has {Has(served, ObjectKind.TlsRoute, minor)}; upgrade it, or use strategy companionService.",
            ExposureProtocol.Tcp when !served.Contains(ObjectKind.TcpRoute.Plural) || minor < 31 =>
                $"TCPRoute v1 needs a Gateway API bundle from 1.6 and Istio from 1.31, which refuses TCP listeners before that, and the cluster has {Has(served, ObjectKind.TcpRoute, minor)}; upgrade it, or use strategy companionService.",
            _ => null,
        };

    private static string Has(IReadOnlySet<string> served, ObjectKind route, int minor) =>
        $"{(served.Contains(route.Plural) ? "" : $"no {route.Name} and ")}{(minor == 0 ? "no Istio that tells its version" : $"Istio 1.{minor}")}";

    /// <summary>Of Istio 1.x, from the revision in the Deployment's name (the add-on) or from its image's tag; 0 when neither tells.</summary>
    internal static int Minor(JsonObject controlPlane)
    {
        var name = controlPlane["metadata"]?["name"]?.GetValue<string>() ?? "";
        var image = controlPlane["spec"]?["template"]?["spec"]?["containers"]?[0]?["image"]?.GetValue<string>() ?? "";
        var match = RevisionRule().Match(name) is { Success: true } revision ? revision : TagRule().Match(image);
        return match.Success && int.TryParse(match.Groups[1].Value, out var minor) ? minor : 0;
    }

    private static JsonNode? Listener(JsonObject? gateway, ExposureSpec spec) =>
        (gateway?["spec"]?["listeners"] as JsonArray ?? []).FirstOrDefault(listener =>
            listener?["name"]?.GetValue<string>() == GatewayApiRoutes.ListenerName(spec)
        );

    private static PortOutcome Judge(NamedExposure exposure, ObjectRef target, JsonObject? gateway, List<NamedExposure> open)
    {
        if (!open.Contains(exposure))
        {
            return PortOutcome.Refused(
                Reasons.ListenerLimit,
                $"{target} has its {MostListeners} listeners already; remove exposures, or use strategy companionService."
            );
        }

        var name = GatewayApiRoutes.ListenerName(exposure.Spec);
        var status = (gateway?["status"]?["listeners"] as JsonArray ?? []).FirstOrDefault(listener =>
            listener?["name"]?.GetValue<string>() == name
        );
        var accepted = (status?["conditions"] as JsonArray ?? []).FirstOrDefault(condition =>
            condition?["type"]?.GetValue<string>() == "Accepted"
        );
        if (accepted?["status"]?.GetValue<string>() == "False")
        {
            return PortOutcome.Refused(
                Reasons.StrategyNotServed,
                $"Istio does not accept listener {name}: {accepted["message"]?.GetValue<string>()}"
            );
        }

        return gateway?["status"]?["addresses"]?[0]?["value"]?.GetValue<string>() is { } address
            ? PortOutcome.Open($"Listener {name} of {target} is open.", address)
            : PortOutcome.Waits($"{target} has no address yet.");
    }

    internal static JsonObject Body(ObjectRef target, PortGroup group, PortWork work, IEnumerable<NamedExposure> exposures)
    {
        var all = exposures.ToList();
        var annotations = new Dictionary<string, string>(group.Annotations(all), StringComparer.Ordinal);
        if (group.AllowedSources.Count > 0)
        {
            annotations[LoadBalancer.AllowedRanges] = string.Join(',', group.AllowedSources);
        }

        var spec = new JsonObject
        {
            ["gatewayClassName"] = Class,
            ["listeners"] = new JsonArray([
                .. all.DistinctBy(exposure => GatewayApiRoutes.ListenerName(exposure.Spec))
                    .OrderBy(exposure => exposure.Spec.Port)
                    .Select(exposure => Listener(exposure.Spec)),
            ]),
        };
        if (annotations.Count > 0)
        {
            spec["infrastructure"] = new JsonObject { ["annotations"] = DesiredObjects.Labels(annotations) }; // go to the Service that Istio makes
        }

        return OwnService.Body(target, work.Installation, Label, LabelValue, new Dictionary<string, string>(), spec);
    }

    private static JsonObject Listener(ExposureSpec spec)
    {
        var listener = new JsonObject
        {
            ["name"] = GatewayApiRoutes.ListenerName(spec),
            ["port"] = spec.Port,
            ["protocol"] = spec.Protocol == ExposureProtocol.Tls ? "TLS" : "TCP",
            ["allowedRoutes"] = new JsonObject { ["namespaces"] = new JsonObject { ["from"] = "All" } },
        };
        if (spec.Protocol == ExposureProtocol.Tls)
        {
            listener["tls"] = new JsonObject { ["mode"] = "Passthrough" };
        }

        return listener;
    }

    [GeneratedRegex(@"asm-1-([0-9]{1,3})\z")]
    private static partial Regex RevisionRule();

    [GeneratedRegex(@":v?1\.([0-9]{1,3})(\.|-|\z)")]
    private static partial Regex TagRule();
}
