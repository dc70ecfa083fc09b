using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>
/// The ConfigMap with the parameters of a Gateway of the Gateway API, pure. Istio merges its key <c>service</c> into the Service that it
/// makes for the Gateway (istio.io, "Kubernetes Gateway API", automated deployment). AKS allows <c>externalTrafficPolicy</c> there. With
/// the policy <c>Local</c>, AKS requires to unset the annotations that it adds for health probes (aks-docs, istio-gateway-api).
/// <code>
/// the group's Gateway is wanted | the group has clientAddress | ConfigMap | written
/// ------------------------------+-----------------------------+-----------+----------------------
/// yes                           | yes                         | wanted    | before the Gateway
/// any other                     |                             | deleted   | after the Gateway
/// </code>
/// Others may add keys, such as <c>horizontalPodAutoscaler</c> for more pods.
/// </summary>
internal static class GatewayParameters
{
    /// <summary>The patch of the Service.</summary>
    public const string Key = "service";

    private const string LabelValue = "parameters";

    private static readonly int[] ProbedByAddOn = [80, 443];

    private static readonly string[] ProbeSettings = ["port", "protocol", "request-path"];

    public static bool AreNeeded(ClusterSpec spec, IEnumerable<NamedExposure> exposures) =>
        spec.Strategy == Strategy.GatewayApi && exposures.Any(exposure => exposure.Spec.ClientAddress is not null);

    /// <summary>Marks the kind before the first ConfigMap is made.</summary>
    public static ResourceStatus Mark(ResourceStatus status, ClusterSpec spec, IEnumerable<NamedExposure> exposures) =>
        AreNeeded(spec, exposures) ? status.Making(KindsInUse.Mark(ObjectKind.ConfigMap)) : status;

    public static ObjectRef Of(ObjectRef gateway) => gateway with { Kind = ObjectKind.ConfigMap };

    /// <summary>The reference to the ConfigMap in <c>spec.infrastructure</c> of the Gateway.</summary>
    public static JsonObject Reference(ObjectRef gateway) =>
        new()
        {
            ["group"] = ObjectKind.ConfigMap.Group,
            ["kind"] = ObjectKind.ConfigMap.Name,
            ["name"] = gateway.Name,
        };

    /// <param name="gateways">The Gateways that the groups need, with their exposures.</param>
    /// <returns>The ConfigMaps to write before the Gateways, and those to delete after them.</returns>
    public static (IReadOnlyList<PortObject> Before, IReadOnlyList<PortObject> After) Plan(
        PortWork work,
        IEnumerable<(ObjectRef Gateway, PortGroup Group, IReadOnlyList<string> Exposures)> gateways
    )
    {
        var observed = work
            .Objects.OursOf([ObjectKind.ConfigMap])
            .Where(found =>
                // A ConfigMap that somebody labelled like MeshPort's is not one.
                found.Value.Label(DesiredObjects.PortsLabel) == LabelValue
                && found.Value.Annotation(Installation.Annotation) is not null
            )
            .ToDictionary();
        var before = gateways
            .Where(one => one.Group.ClientAddress is not null)
            .Select(one => Wanted(work, Of(one.Gateway), observed.GetValueOrDefault(Of(one.Gateway)), one.Exposures))
            .ToList();
        var wanted = before.Select(one => one.Target).ToHashSet();
        return (
            before,
            [.. observed.Where(found => !wanted.Contains(found.Key)).Select(found => OwnService.Of(work, found.Key, found.Value, null, []))]
        );
    }

    /// <summary>Why Istio may not have set the policy of the Service yet, for people.</summary>
    public static string Tell(ObjectRef service, ObjectRef gateway, JsonObject? observed) =>
        $"{service} does not keep the addresses of clients yet. Istio sets its {TrafficPolicy.Field} from {Of(gateway)}."
        + (
            (observed?["status"]?["conditions"] as JsonArray ?? [])
                .Where(condition => condition?["type"]?.ToString() == "Accepted" && condition["status"]?.ToString() == "False")
                .Select(condition => $" Istio does not accept {gateway}: {condition?["message"]}.")
                .FirstOrDefault()
        );

    /// <summary>Nothing is known about the ConfigMap, so MeshPort leaves it and its Gateway as they are.</summary>
    public static PortOutcome NotAllowed(ObjectRef gateway) =>
        new(
            StepResult.Done(
                Observation.Unknown(
                    Reasons.AccessDenied,
                    $"MeshPort may not list the ConfigMaps of namespace {gateway.Namespace}, in which clientAddress has its parameters. "
                        + "Give its identity the role meshport-parameters of samples/rbac."
                )
            ),
            null
        );

    private static PortObject Wanted(PortWork work, ObjectRef target, JsonObject? observed, IReadOnlyList<string> exposures) =>
        OwnService.Of(work, target, observed, Body(target, work.Installation), []) with
        {
            NeededBy = exposures,
            Why = "Its parameters differ.",
        };

    private static JsonObject Body(ObjectRef target, string installation)
    {
        var body = OwnService.Body(
            target,
            installation,
            DesiredObjects.PortsLabel,
            LabelValue,
            new Dictionary<string, string>(StringComparer.Ordinal),
            []
        );
        body.Remove("spec");
        body["data"] = new JsonObject { [Key] = Service() };
        return body;
    }

    /// <summary>A patch of the Service in YAML. A key without a value removes the annotation.</summary>
    private static string Service() =>
        string.Concat(
            "spec:\n",
            $"  {TrafficPolicy.Field}: {TrafficPolicy.Local}\n",
            "metadata:\n",
            "  annotations:\n",
            string.Concat(
                from port in ProbedByAddOn
                from setting in ProbeSettings
                select $"    service.beta.kubernetes.io/port_{port}_health-probe_{setting}:\n"
            )
        );
}
