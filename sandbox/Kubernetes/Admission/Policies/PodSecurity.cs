using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// Pod Security as the labels of a namespace ask for it: <c>enforce</c> refuses pods, <c>warn</c> warns about pods and workloads
/// (https://kubernetes.io/docs/concepts/security/pod-security-admission/). The checks are in <see cref="PodSecurityChecks"/>.
/// </summary>
internal static class PodSecurity
{
    private const string Prefix = "pod-security.kubernetes.io/";

    /// <exception cref="KubeError">403, worded as by an API server.</exception>
    public static void Check(ObjectStore store, ResourceType type, JsonObject? before, JsonObject body, Action<string>? warn)
    {
        var template =
            type == ResourceCatalog.Pod ? body["spec"]
            : type == ResourceCatalog.CronJob ? body.At("spec", "jobTemplate", "spec", "template", "spec")
            : body.At("spec", "template", "spec");
        if (template is null || (type == ResourceCatalog.Pod && before is not null))
        {
            return; // an existing pod changes only in fields that no check reads
        }

        var labels = store.Get(ResourceCatalog.Namespace, "", body.Namespace()).Strings("metadata", "labels");
        if (type == ResourceCatalog.Pod && Violation(labels, "enforce", template) is { } refusal)
        {
            throw KubeError.Forbidden(type, body.Name(), $"violates {refusal}");
        }

        if (warn is not null && Violation(labels, "warn", template) is { } warning)
        {
            warn($"would violate {warning}");
        }
    }

    private static string? Violation(IReadOnlyDictionary<string, string> labels, string mode, JsonNode spec)
    {
        var level = labels.GetValueOrDefault($"{Prefix}{mode}");
        if (level is not ("baseline" or "restricted"))
        {
            return null;
        }

        string[] problems = [.. PodSecurityChecks.Of(spec, restricted: level == "restricted")];
        return problems.Length == 0
            ? null
            : $"PodSecurity \"{level}:{labels.GetValueOrDefault($"{Prefix}{mode}-version", "latest")}\": {string.Join(", ", problems)}";
    }
}
