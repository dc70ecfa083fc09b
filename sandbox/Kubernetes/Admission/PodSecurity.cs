using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Pod Security as a namespace enforces it with the label <c>pod-security.kubernetes.io/enforce</c>
/// (https://kubernetes.io/docs/concepts/security/pod-security-standards/). Simulated: host namespaces and privileged containers of
/// <c>baseline</c>, and the security contexts that <c>restricted</c> asks for.
/// </summary>
internal static class PodSecurity
{
    private const string Label = "pod-security.kubernetes.io/enforce";

    /// <exception cref="KubeError">403, worded as by an API server.</exception>
    public static void Check(JsonObject? home, JsonObject pod)
    {
        var level = home?.Strings("metadata", "labels").GetValueOrDefault(Label);
        if (level is not ("baseline" or "restricted"))
        {
            return;
        }

        var spec = pod.At("spec");
        string[] problems = [.. Baseline(spec), .. level == "restricted" ? Restricted(spec) : []];
        if (problems.Length > 0)
        {
            throw KubeError.Forbidden(
                ResourceCatalog.Pod,
                pod.Name(),
                $"violates PodSecurity \"{level}:latest\": {string.Join(", ", problems)}"
            );
        }
    }

    private static IEnumerable<string> Baseline(JsonNode? spec)
    {
        if (spec.Flag("hostNetwork") == true || spec.Flag("hostPID") == true || spec.Flag("hostIPC") == true)
        {
            yield return "host namespaces";
        }

        foreach (var name in Containers(spec, container => container.Flag("securityContext", "privileged") == true))
        {
            yield return $"privileged (container \"{name}\" must not set securityContext.privileged=true)";
        }
    }

    private static IEnumerable<string> Restricted(JsonNode? spec)
    {
        foreach (var name in Containers(spec, container => container.Flag("securityContext", "allowPrivilegeEscalation") != false))
        {
            yield return $"allowPrivilegeEscalation != false (container \"{name}\" must set "
                + "securityContext.allowPrivilegeEscalation=false)";
        }

        foreach (
            var name in Containers(
                spec,
                container => !container.Items("securityContext", "capabilities", "drop").Any(dropped => dropped.ToString() == "ALL")
            )
        )
        {
            yield return $"unrestricted capabilities (container \"{name}\" must set securityContext.capabilities.drop=[\"ALL\"])";
        }

        if (spec.Flag("securityContext", "runAsNonRoot") != true)
        {
            foreach (var name in Containers(spec, container => container.Flag("securityContext", "runAsNonRoot") != true))
            {
                yield return $"runAsNonRoot != true (pod or container \"{name}\" must set securityContext.runAsNonRoot=true)";
            }
        }

        if (spec.Text("securityContext", "seccompProfile", "type") is null)
        {
            foreach (var name in Containers(spec, container => container.Text("securityContext", "seccompProfile", "type") is null))
            {
                yield return $"seccompProfile (pod or container \"{name}\" must set securityContext.seccompProfile.type to "
                    + "\"RuntimeDefault\" or \"Localhost\")";
            }
        }
    }

    private static IEnumerable<string> Containers(JsonNode? spec, Func<JsonNode, bool> isWrong) =>
        spec.Items("initContainers").Concat(spec.Items("containers")).Where(isWrong).Select(container => container.Text("name") ?? "");
}
