using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>Reads the status of pods.</summary>
internal static class PodStatus
{
    public static bool IsReady(JsonObject pod) =>
        pod.Items("status", "conditions").Any(condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");
}
