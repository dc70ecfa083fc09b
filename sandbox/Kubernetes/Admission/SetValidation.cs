using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>StatefulSets and DaemonSets (kubernetes/kubernetes, pkg/apis/apps/validation).</summary>
internal static class SetValidation
{
    private static readonly string[] Changeable =
    [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];

    public static IEnumerable<Cause> StatefulSet(JsonObject? before, JsonObject body) =>
        [
            .. WorkloadValidation.Template(body, "statefulset"),
            .. body.Text("spec", "podManagementPolicy") is { } policy and not ("OrderedReady" or "Parallel")
                ? [Cause.Invalid("spec.podManagementPolicy", $"\"{policy}\"", "must be 'OrderedReady' or 'Parallel'")]
                : Array.Empty<Cause>(),
            .. before is not null && !JsonNode.DeepEquals(Fixed(before), Fixed(body))
                ?
                [
                    new Cause(
                        "FieldValueForbidden",
                        "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                            + "'updateStrategy', 'revisionHistoryLimit', "
                            + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
                        "spec"
                    ),
                ]
                : Array.Empty<Cause>(),
        ];

    public static IEnumerable<Cause> DaemonSet(JsonObject? before, JsonObject body) =>
        [
            .. WorkloadValidation.Template(body, "daemonset"),
            .. before is not null && !JsonNode.DeepEquals(before.At("spec", "selector"), body.At("spec", "selector"))
                ? [Cause.Immutable("spec.selector", body.At("spec", "selector"))]
                : Array.Empty<Cause>(),
        ];

    private static JsonNode? Fixed(JsonObject body)
    {
        var spec = body["spec"]?.DeepClone() as JsonObject ?? [];
        foreach (var name in Changeable)
        {
            spec.Remove(name);
        }

        return spec;
    }
}
