using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>The status of a pod, as its kubelet writes it. All containers of a pod are in the same state here.</summary>
internal sealed class PodStatuses(ObjectTimes times)
{
    public JsonObject Ended(JsonObject pod, int exitCode, DateTimeOffset started, DateTimeOffset finished)
    {
        var end = times.At(finished);
        var status = Status(
            pod,
            exitCode == 0 ? "Succeeded" : "Failed",
            ready: false,
            new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["exitCode"] = exitCode,
                    ["reason"] = exitCode == 0 ? "Completed" : "Error",
                    ["startedAt"] =
                        pod.Items("status", "containerStatuses").FirstOrDefault().Text("state", "running", "startedAt")
                        ?? times.At(started),
                    ["finishedAt"] = end,
                },
            },
            end
        );
        foreach (var condition in status.Items("conditions").Where(condition => condition.Text("type") != "PodScheduled"))
        {
            condition["reason"] = exitCode == 0 ? "PodCompleted" : "PodFailed";
        }

        return status;
    }

    private string Began(JsonObject pod) => times.At(times.Began(pod));

    public JsonObject Waiting(JsonObject pod, string reason, string? message, string phase)
    {
        var waiting = new JsonObject { ["reason"] = reason };
        if (message is not null)
        {
            waiting["message"] = message;
        }

        return Status(pod, phase, ready: false, new JsonObject { ["waiting"] = waiting }, Began(pod));
    }

    public JsonObject Running(JsonObject pod, bool ready, DateTimeOffset started, DateTimeOffset since) =>
        Status(
            pod,
            "Running",
            ready,
            new JsonObject { ["running"] = new JsonObject { ["startedAt"] = times.At(started) } },
            times.At(since)
        );

    private JsonObject Status(JsonObject pod, string phase, bool ready, JsonObject state, string? since) =>
        new()
        {
            ["phase"] = phase,
            ["startTime"] = Began(pod),
            ["conditions"] = new JsonArray(
                Condition("Initialized", true, pod.Text("metadata", "creationTimestamp")),
                Condition("Ready", ready, since),
                Condition("ContainersReady", ready, since),
                Condition("PodScheduled", true, pod.Text("metadata", "creationTimestamp"))
            ),
            ["containerStatuses"] = new JsonArray([
                .. pod.Items("spec", "containers").Select((container, index) => Container(pod, container, index, phase, ready, state)),
            ]),
        };

    private static JsonObject Container(JsonObject pod, JsonNode container, int index, string phase, bool ready, JsonObject state)
    {
        var runs = state.ContainsKey("running") || state.ContainsKey("terminated");
        var status = new JsonObject
        {
            ["name"] = container.Text("name"),
            ["image"] = container.Text("image"),
            ["imageID"] = runs ? Images.Id(container.Text("image") ?? "") : "",
            ["ready"] = ready,
            ["started"] = phase is "Running",
            ["restartCount"] = 0,
            ["state"] = state.DeepClone(),
        };
        if (runs)
        {
            status["containerID"] = $"containerd://{ContainerId(pod.Uid(), index)}";
        }

        return status;
    }

    public static JsonObject Condition(string type, bool holds, string? since) =>
        new()
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["lastTransitionTime"] = since,
        };

    /// <summary>64 hexadecimal digits, unique to the container.</summary>
    private static string ContainerId(string uid, int index)
    {
        var digits = uid.Replace("-", "", StringComparison.Ordinal);
        return $"{digits[(index % 32)..]}{digits[..(index % 32)]}{digits}";
    }
}
