using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary><c>autoscaling/v1 Scale</c> of a workload.</summary>
internal static class ScaleSubresource
{
    public static JsonObject Read(JsonObject workload) =>
        new()
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = workload.Name(),
                ["namespace"] = workload.Namespace(),
                ["uid"] = workload.Uid(),
                ["resourceVersion"] = workload.Text("metadata", "resourceVersion"),
                ["creationTimestamp"] = workload.Text("metadata", "creationTimestamp"),
            },
            ["spec"] = new JsonObject { ["replicas"] = workload.Number("spec", "replicas") ?? 0 },
            ["status"] = new JsonObject
            {
                ["replicas"] = workload.Number("status", "replicas") ?? 0,
                ["selector"] = string.Join(
                    ",",
                    workload.Strings("spec", "selector", "matchLabels").Select(pair => $"{pair.Key}={pair.Value}")
                ),
            },
        };
}
