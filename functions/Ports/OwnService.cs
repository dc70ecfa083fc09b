using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>An object that holds the ports of several exposures and is MeshPort's as a whole: a companion Service, or a Gateway of the Gateway API. Pure.</summary>
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

    /// <param name="observed">Null when it does not exist.</param>
    /// <param name="body">Null when it should not exist.</param>
    /// <param name="outcomes">Of the exposures that are to be open on it.</param>
    public static PortObject Of(
        PortWork work,
        ObjectRef target,
        JsonObject? observed,
        JsonObject? body,
        Dictionary<string, PortOutcome> outcomes
    )
    {
        if (observed is not null && ManagedServicePorts.OtherInstallation(observed, work.Installation) is { } other)
        {
            var refused = PortOutcome.Refused(
                Reasons.OtherInstallation,
                $"{target} belongs to installation {other} of MeshPort; use that, or, if it is no more, remove the object's annotation {Installation.Annotation}."
            );
            return PortObject.Untouched(target, observed, outcomes.ToDictionary(outcome => outcome.Key, _ => refused));
        }

        if (observed is not null && Terminating.IsOne(observed))
        {
            var waits = PortOutcome.Waits($"{Terminating.Tell(target, observed)} It is made anew when it is gone.");
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
                UnmanagedFields = UnmanagedFields.Removal(observed, UnmanagedFields.Find(body, observed).Where(IsStray)),
            },
            _ => PortObject.Untouched(target, observed, outcomes),
        };
    }

    private static bool Differs(JsonObject body, JsonObject observed) =>
        (
            ObjectPlan.Difference(body["spec"], observed["spec"], "spec")
            ?? ObjectPlan.Difference(
                body["metadata"]?["annotations"],
                observed["metadata"]?["annotations"] ?? new JsonObject(),
                "annotations"
            )
        )
            is not null
        || UnmanagedFields.Find(body, observed).Any(leftover => leftover.IsOurs || IsStray(leftover));

    /// <summary>Whether somebody else has added what changes who is let in, or where to. Other fields, such as the traffic policy of a Service, are theirs to set.</summary>
    private static bool IsStray(UnmanagedField leftover) =>
        !leftover.IsOurs
        && leftover.Pointer.Split('/') is ["", "spec", "ports" or "listeners" or "selector", _] or ["", "spec", "loadBalancerSourceRanges"];

    /// <summary>What matters to a person: the ports by number, so that one more is one difference, and who may come.</summary>
    private static JsonObject View(JsonObject found)
    {
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

        foreach (var field in new[] { "loadBalancerSourceRanges", "infrastructure" }.Where(spec.ContainsKey))
        {
            view[field] = spec[field]?.DeepClone();
        }

        foreach (var annotation in LoadBalancer.All.Where(annotation => found["metadata"]?["annotations"]?[annotation] is not null))
        {
            view[annotation] = found["metadata"]?["annotations"]?[annotation]?.DeepClone();
        }

        return view;
    }
}
