using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>A running container, in which programs can be started.</summary>
/// <param name="Spec">Its entry in the pod's specification.</param>
/// <param name="Values">The variables that Secrets and ConfigMaps set.</param>
internal sealed record Container(
    JsonObject Pod,
    JsonNode Spec,
    IEnumerable<(string Variable, string Value)> Values,
    FileTree Files,
    SandboxWorld World
)
{
    public string Image => Spec.Text("image") ?? "";

    public string WorkingDirectory => Spec.Text("workingDir") ?? "/";

    /// <summary>Variables with a value, a field of the pod, or a key of a Secret or ConfigMap. Resources are not simulated.</summary>
    public Dictionary<string, string> Environment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOSTNAME"] = Pod.Name(),
            ["HOME"] = "/root",
            ["KUBERNETES_SERVICE_HOST"] = "10.0.0.1",
            ["KUBERNETES_SERVICE_PORT"] = "443",
            ["KUBERNETES_SERVICE_PORT_HTTPS"] = "443",
            ["KUBERNETES_PORT"] = "tcp://10.0.0.1:443",
        };
        foreach (var (variable, value) in Values)
        {
            variables[variable] = value;
        }

        foreach (var variable in Spec.Items("env"))
        {
            if (variable.Text("name") is { } name && (variable.Text("value") ?? Field(variable)) is { } value)
            {
                variables[name] = value;
            }
        }

        return variables;
    }

    private string? Field(JsonNode variable) =>
        variable.Text("valueFrom", "fieldRef", "fieldPath") is { } path
            ? Pod.At(path.Split('.')) is { } found
                ? $"{found}"
                : ""
            : null;
}
