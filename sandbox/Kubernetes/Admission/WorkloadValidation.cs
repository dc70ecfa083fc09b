using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Deployments, ReplicaSets, HorizontalPodAutoscalers and PodDisruptionBudgets (kubernetes/kubernetes,
/// pkg/apis/{apps,autoscaling,policy}/validation).
/// </summary>
internal static class WorkloadValidation
{
    public static IEnumerable<Cause> Workload(JsonObject? before, JsonObject body)
    {
        return
        [
            .. Template(body, "deployment"),
            .. Strategy(body.At("spec", "strategy")),
            .. body.Number("spec", "progressDeadlineSeconds") is { } deadline && deadline <= (body.Number("spec", "minReadySeconds") ?? 0)
                ? [Cause.Invalid("spec.progressDeadlineSeconds", $"{deadline}", "must be greater than minReadySeconds")]
                : Array.Empty<Cause>(),
            .. before is not null && !JsonNode.DeepEquals(before.At("spec", "selector"), body.At("spec", "selector"))
                ? [Cause.Immutable("spec.selector", body.At("spec", "selector"))]
                : Array.Empty<Cause>(),
        ];
    }

    /// <summary>What all kinds with a selector and a template of pods have in common.</summary>
    /// <param name="kind">For messages.</param>
    public static IEnumerable<Cause> Template(JsonObject body, string kind) =>
        [
            .. NotNegative(body, "replicas"),
            .. NotNegative(body, "minReadySeconds"),
            .. NotNegative(body, "revisionHistoryLimit"),
            .. Selector(body, kind),
            .. PodValidation.Check(body.At("spec", "template", "spec"), "spec.template.spec", alwaysRestarts: true),
        ];

    public static IEnumerable<Cause> Scaler(JsonObject body)
    {
        foreach (var name in new[] { "kind", "name" }.Where(name => body.Text("spec", "scaleTargetRef", name) is null or ""))
        {
            yield return Cause.Missing($"spec.scaleTargetRef.{name}");
        }

        var (least, most) = (body.Number("spec", "minReplicas") ?? 1, body.Number("spec", "maxReplicas") ?? 0);
        if (least < 1)
        {
            yield return Cause.Invalid("spec.minReplicas", $"{least}", "must be greater than or equal to 1");
        }

        if (most < 1)
        {
            yield return Cause.Invalid("spec.maxReplicas", $"{most}", "must be greater than 0");
        }

        if (most < least)
        {
            yield return Cause.Invalid("spec.maxReplicas", $"{most}", "must be greater than or equal to `minReplicas`");
        }
    }

    public static IEnumerable<Cause> DisruptionBudget(JsonObject body) =>
        body.At("spec", "minAvailable") is not null && body.At("spec", "maxUnavailable") is not null
            // Both are present.
            ? [Cause.Invalid("spec", body["spec"]!.ToJsonString(), "minAvailable and maxUnavailable cannot be both set")]
            : [];

    private static IEnumerable<Cause> NotNegative(JsonObject body, string name) =>
        body.Number("spec", name) is { } number and < 0
            ? [Cause.Invalid($"spec.{name}", $"{number}", "must be greater than or equal to 0")]
            : [];

    private static IEnumerable<Cause> Selector(JsonObject body, string kind)
    {
        var selector = body.At("spec", "selector");
        return selector is null ? [Cause.Missing("spec.selector")]
            : LabelSelector.IsEmpty(selector) ? [Cause.Invalid("spec.selector", "{}", $"empty selector is invalid for {kind}")]
            : LabelSelector.Matches(selector, body.Strings("spec", "template", "metadata", "labels")) ? []
            :
            [
                Cause.Invalid(
                    "spec.template.metadata.labels",
                    body.At("spec", "template", "metadata", "labels")?.ToJsonString() ?? "null",
                    "`selector` does not match template `labels`"
                ),
            ];
    }

    private static IEnumerable<Cause> Strategy(JsonNode? strategy) =>
        strategy.Text("type") switch
        {
            null => [],
            "Recreate" when strategy.At("rollingUpdate") is not null =>
            [
                new Cause(
                    "FieldValueForbidden",
                    "Forbidden: may not be specified when strategy `type` is 'Recreate'",
                    "spec.strategy.rollingUpdate"
                ),
            ],
            "Recreate" or "RollingUpdate" => [],
            var other => [Cause.Unsupported("spec.strategy.type", other, ["Recreate", "RollingUpdate"])],
        };
}
