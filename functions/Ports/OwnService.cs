using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>
/// An object that MeshPort owns as a whole and that holds the ports of several exposures: a companion Service, or a Gateway of the
/// Gateway API with the ConfigMap of its parameters. Pure. The first row that fits counts:
/// <code>
/// wanted | observed                                        | change | result of its exposures
/// -------+-------------------------------------------------+--------+--------------------------
/// any    | of another installation                         | none   | False, OtherInstallation
/// any    | being deleted                                   | none   | wait, AddressPending
/// no     | yes                                             | Delete | -
/// yes    | no                                              | Create | as the strategy decides
/// yes    | differs, or others' fields affect the traffic   | Update | as the strategy decides
/// yes    | as desired, or with other fields of others      | none   | as the strategy decides
/// </code>
/// An Update removes the fields of others that affect the traffic: ports, selectors and source ranges of a Service, addresses and listeners
/// of a Gateway, and fields of its listeners.
/// </summary>
internal static class OwnService
{
    private static readonly string[] Lists = ["ports", "listeners"];

    public static JsonObject Body(
        ObjectRef target,
        string installation,
        string label,
        string value,
        IReadOnlyDictionary<string, string> annotations,
        JsonObject spec
    )
    {
        var all = DesiredObjects.Labels(annotations);
        all[Installation.Annotation] = installation;
        return new JsonObject
        {
            ["apiVersion"] = target.Kind.ApiVersion,
            ["kind"] = target.Kind.Name,
            ["metadata"] = new JsonObject
            {
                ["name"] = target.Name,
                ["namespace"] = target.Namespace,
                ["labels"] = new JsonObject { [DesiredObjects.ManagedByLabel] = DesiredObjects.ManagedBy, [label] = value },
                ["annotations"] = all,
            },
            ["spec"] = spec,
        };
    }

    /// <param name="observed">Null when the object does not exist.</param>
    /// <param name="body">Null when the object should not exist.</param>
    /// <param name="outcomes">The outcomes of the exposures that it opens.</param>
    public static PortObject Of(
        PortWork work,
        ObjectRef target,
        JsonObject? observed,
        JsonObject? body,
        Dictionary<string, PortOutcome> outcomes
    )
    {
        if (observed is not null && PortAdoption.OtherInstallation(observed, work.Installation) is { } other)
        {
            var refused = PortOutcome.Refused(
                Reasons.OtherInstallation,
                $"{target} belongs to {DesiredObjects.TellInstallation(other, work.Installation)}. Use that one. "
                    + $"If it no longer exists, remove the annotation {Installation.Annotation} from the object."
            );
            return PortObject.Untouched(target, observed, outcomes.ToDictionary(outcome => outcome.Key, _ => refused));
        }

        if (observed is not null && Terminating.IsOne(observed))
        {
            var waits = PortOutcome.Waits($"{Terminating.Tell(target, observed)} MeshPort then creates it again.");
            return PortObject.Untouched(target, observed, outcomes.ToDictionary(outcome => outcome.Key, _ => waits));
        }

        return (observed, body) switch
        {
            (not null, null) => new PortObject(target, ChangeAction.Delete, observed, null, View(observed), null, outcomes),
            (null, not null) => new PortObject(target, ChangeAction.Create, null, body, null, View(body), outcomes),
            (not null, not null) when Differs(body, observed) => new PortObject(
                target,
                ChangeAction.Update,
                observed,
                ObjectPlan.Guarded(body, observed),
                View(observed),
                View(body),
                outcomes
            )
            {
                Why = Moves(body, observed) ? AddressAnnotations.Move : PortObject.PortsDiffer,
                UnmanagedFields = UnmanagedFields.Removal(observed, UnmanagedFields.Find(body, observed).Where(AffectsTraffic)),
            },
            _ => PortObject.Untouched(target, observed, outcomes),
        };
    }

    private static bool Moves(JsonObject body, JsonObject observed) =>
        !JsonNode.DeepEquals(AddressAnnotations.OfSpec(body), AddressAnnotations.OfSpec(observed));

    private static bool Differs(JsonObject body, JsonObject observed) =>
        (
            ObjectPlan.Difference(body["spec"] ?? body["data"], observed["spec"] ?? observed["data"], "spec")
            ?? ObjectPlan.Difference(body.Annotations(), observed.Annotations() ?? [], "annotations")
            ?? ObjectPlan.Difference(body.Labels(), observed.Labels() ?? [], "labels")
        )
            is not null
        || UnmanagedFields.Find(body, observed).Any(field => field.IsOurs || AffectsTraffic(field));

    /// <summary>
    /// Whether others have added a field that changes the clients or the destination. Others may set further fields, such as the traffic
    /// policy of a Service. The fields of a listener's <c>tls</c> depend on its mode, which the same update restores: the API server
    /// refuses to remove the certificates of mode Terminate.
    /// </summary>
    private static bool AffectsTraffic(UnmanagedField field) =>
        !field.IsOurs
        && field.Pointer.Split('/')
            is ["", "spec", "ports" or "selector", _]
                or ["", "spec", "listeners", _]
                or ["", "spec", "listeners", _, not "tls", ..]
                or ["", "spec", "loadBalancerSourceRanges" or "addresses"];

    /// <summary>The object for people: its ports by name, so that one more port is one difference, and its sources.</summary>
    private static JsonObject View(JsonObject found)
    {
        if (found["data"] is JsonObject data)
        {
            return new JsonObject { [GatewayParameters.Key] = data[GatewayParameters.Key]?.DeepClone() }; // others may have added keys
        }

        var spec = found["spec"] as JsonObject ?? [];
        var view = new JsonObject();
        foreach (var list in Lists.Where(spec.ContainsKey))
        {
            view[list] = new JsonObject(
                (spec[list] as JsonArray ?? [])
                    .OfType<JsonObject>()
                    .DistinctBy(port => port["name"]?.ToString())
                    .Select(port => KeyValuePair.Create(port["name"]?.ToString() ?? "", (JsonNode?)port["port"]?.DeepClone()))
            );
        }

        // Kubernetes fills in a default, and others may set the policy. MeshPort's own body has no managed fields yet.
        if (spec[TrafficPolicy.Field] is { } policy && (!found.ManagedFields().Any() || TrafficPolicy.IsOurs(found)))
        {
            view[TrafficPolicy.Field] = policy.DeepClone();
        }

        if (spec["ipFamilies"] is JsonArray { Count: > 1 } families)
        {
            view["ipFamilies"] = families.DeepClone();
        }

        foreach (var field in new[] { "loadBalancerSourceRanges", "infrastructure" }.Where(spec.ContainsKey))
        {
            view[field] = spec[field]?.DeepClone();
        }

        foreach (var annotation in LoadBalancer.All.Where(annotation => found.Annotation(annotation) is not null))
        {
            view[annotation] = found.Annotation(annotation);
        }

        return view;
    }
}
