using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// Gateways of the Kubernetes Gateway API. Istio runs separate pods and a Service for each. The strategy needs routes of version v1 and an
/// Istio that serves them: TLSRoute from 1.30, TCPRoute from 1.31 (domain facts, sections 2.2 and 2.3). <see cref="OwnService"/> decides
/// the change of a Gateway, and <see cref="GatewayOutcomes"/> the results of its exposures. It has the listeners of its active exposures
/// and the existing ones of its blocked exposures; without listeners, it is not wanted. It is in the namespace of the spec, and that of a
/// cluster that has left the strategy is where it was. Existing listeners come first. Exposures with the same port share a listener. An
/// exposure with several ports has a listener for each, as far as there is room. <see cref="GatewayParameters"/> decides the ConfigMaps
/// for <c>clientAddress</c>.
/// </summary>
internal sealed class GatewayApiStrategy : IPortStrategy
{
    private const string Class = "istio";
    private const string Label = DesiredObjects.PortsLabel;
    private const string LabelValue = "gateway";

    /// <summary>A Gateway has at most 64 listeners (its CRD).</summary>
    internal const int MostListeners = 64;

    public Strategy Kind => Strategy.GatewayApi;

    public IReadOnlyList<PortObject> Plan(PortWork work)
    {
        var gateways = work
            .Objects.OursOf([ObjectKind.ListenerGateway])
            .Where(gateway => gateway.Value.Label(Label) is null or LabelValue) // all of MeshPort's Gateways; a label may be lost
            .ToDictionary();
        var objects = new List<PortObject>();
        var wanted = new HashSet<ObjectRef>();
        var parameterized = new List<(ObjectRef Gateway, PortGroup Group, IReadOnlyList<string> Exposures)>();
        var groups = work.Active.Concat(work.Kept).GroupBy(exposure => PortGroup.Of(exposure.Spec)).ToList();
        foreach (var group in groups)
        {
            var target = Target(work, group.Key, gateways);
            var gateway = gateways.GetValueOrDefault(target);
            wanted.Add(target);
            var holder = Holder(work, group.Key.Gateway, groups, gateways);
            var isHolder = holder == group.Key || !work.IsAtOneAddress(group.Key.Gateway);
            var active = group.Where(exposure => isHolder && work.Active.Contains(exposure)).ToList();
            var parts = active.SelectMany(exposure => exposure.Parts).ToList();
            var kept = group
                .Where(exposure => !active.Contains(exposure))
                .SelectMany(exposure => exposure.Parts)
                .Where(part => Listener(gateway, part.Spec) is not null)
                .ToList();
            if (group.Key.ClientAddress is not null && !work.Objects.HasParameters)
            {
                objects.Add(
                    PortObject.Untouched(target, gateway, active.ToDictionary(one => one.Name, _ => GatewayParameters.NotAllowed(target)))
                );
                continue;
            }

            // Existing listeners come first, so that the limit does not remove them.
            var listeners = kept.Concat(parts.OrderBy(part => Listener(gateway, part.Spec) is null))
                .Select(part => ObjectNames.Listener(part.Spec))
                .Distinct()
                .Take(MostListeners)
                .ToHashSet(StringComparer.Ordinal);
            List<NamedExposure> open = [.. kept, .. parts.Where(part => listeners.Contains(ObjectNames.Listener(part.Spec)))];
            var left = LeftAddress.Of(
                gateway,
                gateway is null ? null : AddressAnnotations.OfSpec(gateway),
                GatewayOutcomes.Address(work.Objects, target, gateway),
                work.Address(group.Key.Gateway)
            );
            var body = open.Count == 0 ? null : Body(target, group.Key, isHolder ? work : work with { Chosen = [] }, open, left);
            if (body is not null)
            {
                parameterized.Add((target, group.Key, [.. group.Select(exposure => exposure.Name)]));
            }

            objects.Add(
                OwnService.Of(
                    work,
                    target,
                    gateway,
                    body,
                    group
                        .Where(work.Active.Contains)
                        .ToDictionary(
                            exposure => exposure.Name,
                            exposure =>
                                isHolder
                                    ? GatewayOutcomes.Of(work, exposure, target, gateway, listeners, left)
                                    : GatewayOutcomes.NoAddress(exposure, holder)
                        )
                )
            );
        }

        var parameters = GatewayParameters.Plan(work, parameterized);
        return
        [
            .. parameters.Before,
            .. objects,
            .. gateways
                .Where(gateway => !wanted.Contains(gateway.Key))
                .Select(gateway => OwnService.Of(work, gateway.Key, gateway.Value, null, [])),
            .. parameters.After,
        ];
    }

    /// <summary>The Gateway of a group. The spec of a cluster that has left the strategy does not say where it is.</summary>
    private static ObjectRef Target(PortWork work, PortGroup group, Dictionary<ObjectRef, JsonObject> gateways)
    {
        var own = new ObjectRef(ObjectKind.ListenerGateway, AddOn.Home(work.Spec, group.Gateway), group.Name);
        return work.Spec.Strategy == Strategy.GatewayApi || gateways.ContainsKey(own)
            ? own
            : gateways.Keys.FirstOrDefault(gateway => gateway.Name == group.Name) ?? own;
    }

    /// <summary>
    /// The group whose Gateway gets the address of the spec: the one that has it, or the first by name with active exposures. Each Gateway
    /// of Istio has the status port 15021, so two cannot share an address.
    /// </summary>
    /// <returns>Null when no group gets it.</returns>
    private static PortGroup? Holder(
        PortWork work,
        GatewayKind gateway,
        IEnumerable<IGrouping<PortGroup, NamedExposure>> groups,
        Dictionary<ObjectRef, JsonObject> gateways
    ) =>
        !work.IsAtOneAddress(gateway)
            ? null
            : groups
                .Where(group => group.Key.Gateway == gateway)
                .Select(group =>
                    (group.Key, Has: HasAddressOfSpec(gateways.GetValueOrDefault(Target(work, group.Key, gateways))), Group: group)
                )
                .Where(one => one.Has || one.Group.Any(work.Active.Contains))
                .OrderBy(one => !one.Has)
                .ThenBy(one => one.Key.Name, StringComparer.Ordinal)
                .Select(one => one.Key)
                .FirstOrDefault();

    private static bool HasAddressOfSpec(JsonObject? gateway) =>
        gateway is not null
        && AddressAnnotations.OfSpec(gateway) is var annotations
        && (annotations.ContainsKey(AddressAnnotations.PublicIp) || annotations.ContainsKey(AddressAnnotations.Ipv4));

    private static JsonNode? Listener(JsonObject? gateway, ExposureSpec spec) =>
        (gateway?["spec"]?["listeners"] as JsonArray ?? []).FirstOrDefault(listener =>
            listener?["name"]?.GetValue<string>() == ObjectNames.Listener(spec)
        );

    /// <param name="left">The address that the Gateway gives up; null without one.</param>
    internal static JsonObject Body(
        ObjectRef target,
        PortGroup group,
        PortWork work,
        IEnumerable<NamedExposure> exposures,
        string? left = null
    )
    {
        var all = exposures.ToList();
        var annotations = new Dictionary<string, string>(group.Annotations(all, work.Address(group.Gateway)), StringComparer.Ordinal);
        foreach (var (name, value) in GatewaySettings.Of(group))
        {
            annotations[name] = value;
        }

        var spec = new JsonObject
        {
            ["gatewayClassName"] = Class,
            ["listeners"] = new JsonArray([
                .. all.DistinctBy(exposure => ObjectNames.Listener(exposure.Spec))
                    .OrderBy(exposure => exposure.Spec.Port)
                    .Select(exposure => Listener(exposure.Spec)),
            ]),
        };
        var infrastructure = new JsonObject();
        if (annotations.Count > 0)
        {
            // Istio copies these annotations to the Service that it creates.
            infrastructure["annotations"] = DesiredObjects.Labels(annotations);
        }

        if (group.ClientAddress is not null)
        {
            infrastructure["parametersRef"] = GatewayParameters.Reference(target);
        }

        if (infrastructure.Count > 0)
        {
            spec["infrastructure"] = infrastructure;
        }

        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        if (left is not null)
        {
            own[LeftAddress.Annotation] = left;
        }

        return OwnService.Body(target, work.Installation, Label, LabelValue, own, spec);
    }

    private static JsonObject Listener(ExposureSpec spec)
    {
        var listener = new JsonObject
        {
            ["name"] = ObjectNames.Listener(spec),
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
}
