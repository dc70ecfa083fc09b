using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>Reads the status of pods.</summary>
internal static class PodStatus
{
    /// <summary>Whether a Service may have it as an endpoint, ready or not.</summary>
    public static bool HasAddress(JsonObject pod) => pod.Text("status", "podIP") is not null && IsActive(pod);

    public static bool IsActive(JsonObject pod) => pod.Text("status", "phase") is not ("Succeeded" or "Failed");

    public static bool IsReady(JsonObject pod) =>
        pod.Items("status", "conditions").Any(condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");
}
