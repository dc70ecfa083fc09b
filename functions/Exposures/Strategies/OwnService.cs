using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Clusters;
using MeshPort.Kubernetes;
using MeshPort.State;

namespace MeshPort.Exposures.Strategies;

/// <summary>An object that holds the ports of several exposures and is MeshPort's as a whole: a companion Service, or a Gateway of the Gateway API.</summary>
internal static class OwnService
{
    public static Dictionary<ObjectRef, JsonObject> ByTarget(IEnumerable<JsonObject> objects, ObjectKind kind) => objects.ToDictionary(found =>
        new ObjectRef(kind, found["metadata"]?["namespace"]?.GetValue<string>() ?? "", found["metadata"]?["name"]?.GetValue<string>() ?? ""));

    public static JsonObject Body(ObjectRef target, string installation, string label, string value, IReadOnlyDictionary<string, string> annotations, JsonObject spec)
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

    /// <summary>Makes, changes or deletes it, whatever is missing.</summary>
    /// <param name="observed">Null when it does not exist.</param>
    /// <param name="body">Null when it should not exist.</param>
    /// <returns>What is in the way; null when nothing is.</returns>
    /// <exception cref="HttpOperationException">The API server refused for now.</exception>
    public static async Task<PortOutcome?> EnsureAsync(PortWork work, ObjectRef target, JsonObject? observed, JsonObject? body, CancellationToken cancellationToken)
    {
        if (observed is not null && ManagedServicePorts.OtherInstallation(observed, work.Installation) is { } other)
        {
            return PortOutcome.Refused(Reasons.OtherInstallation, $"{target} belongs to installation {other} of MeshPort; use that, or, if it is no more, remove the object's annotation {Installation.Annotation}.");
        }

        try
        {
            switch (observed, body)
            {
                case (not null, null):
                    await work.Api.DeleteAsync(target, observed["metadata"]?["uid"]?.GetValue<string>(), cancellationToken);
                    break;
                case (null, not null):
                    await work.Api.CreateAsync(target, body, cancellationToken);
                    break;
                case (not null, not null) when Differs(body, observed):
                    await work.Api.ApplyAsync(target, RoutePlan.Guarded(body, observed), isOurs: true, cancellationToken);
                    break;
            }

            return null;
        }
        catch (HttpOperationException trouble) when (KubernetesFaults.Refusal(trouble) is { } refusal)
        {
            return new PortOutcome(StationReport.Done(refusal), null);
        }
    }

    private static bool Differs(JsonObject body, JsonObject observed) =>
        (RoutePlan.Difference(body["spec"], observed["spec"], "spec")
            ?? RoutePlan.Difference(body["metadata"]?["annotations"], observed["metadata"]?["annotations"] ?? new JsonObject(), "annotations")) is not null
        || HasMore(body, observed, "loadBalancerSourceRanges");

    /// <summary>A field of ours that is left out now is still on the object.</summary>
    private static bool HasMore(JsonObject body, JsonObject observed, string field) => body["spec"]?[field] is null && observed["spec"]?[field] is not null;
}
