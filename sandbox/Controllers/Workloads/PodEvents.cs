using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>The Events of a kubelet about the containers of a pod.</summary>
internal sealed class PodEvents(EventRecorder events)
{
    private static readonly int PullSeconds = (int)PodController.PullTime.TotalSeconds;

    /// <summary>Writes Events for changes of containers since the last status.</summary>
    public void Write(JsonObject pod, JsonObject status, ContainerFailure? failure, DateTimeOffset now)
    {
        foreach (var (container, index) in status.Items("containerStatuses").Select((container, index) => (container, index)))
        {
            var before = pod.Items("status", "containerStatuses").ElementAtOrDefault(index);
            var (name, image) = (container.Text("name"), container.Text("image"));
            var reason = container.Text("state", "waiting", "reason");
            var pulled = container.At("state", "running") is not null || reason == ContainerFailure.Crash;
            var restarts = container.Number("restartCount") ?? 0;
            if (pulled && before.At("state", "running") is null && before.Text("state", "waiting", "reason") != ContainerFailure.Crash)
            {
                events.Normal(
                    ResourceCatalog.Pod,
                    pod,
                    PodController.Kubelet,
                    "Pulled",
                    $"Successfully pulled image \"{image}\" in {PullSeconds}s ({PullSeconds}s including waiting).",
                    now
                );
                events.Normal(ResourceCatalog.Pod, pod, PodController.Kubelet, "Created", $"Created container: {name}", now);
                events.Normal(ResourceCatalog.Pod, pod, PodController.Kubelet, "Started", $"Started container {name}", now);
            }

            if (
                reason == ContainerFailure.Crash
                && before.At("state", "running") is not null
                && container.Number("lastState", "terminated", "exitCode") == PodController.Killed
            )
            {
                events.Normal(
                    ResourceCatalog.Pod,
                    pod,
                    PodController.Kubelet,
                    "Killing",
                    $"Container {name} failed liveness probe, will be restarted",
                    now
                );
            }

            if (
                reason == ContainerFailure.Crash
                && (before.Number("restartCount") != restarts || before.Text("state", "waiting", "reason") != reason)
            )
            {
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    PodController.Kubelet,
                    "BackOff",
                    $"Back-off restarting failed container {name} in pod {pod.Name()}_{pod.Namespace()}({pod.Uid()})",
                    now
                );
            }
            else if (failure?.Reason == ContainerFailure.Pull && IsOfPull(reason) && !IsOfPull(before.Text("state", "waiting", "reason")))
            {
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    PodController.Kubelet,
                    "Failed",
                    $"Failed to pull image \"{image}\": {failure.Message}",
                    now
                );
                events.Warning(ResourceCatalog.Pod, pod, PodController.Kubelet, "Failed", "Error: ErrImagePull", now);
            }
            else if (
                reason == ContainerFailure.Configuration
                && before.Text("state", "waiting", "message") != container.Text("state", "waiting", "message")
            )
            {
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    PodController.Kubelet,
                    "Failed",
                    $"Error: {container.Text("state", "waiting", "message")}",
                    now
                );
            }

            if (reason == "ImagePullBackOff" && before.Text("state", "waiting", "reason") != reason)
            {
                events.Normal(ResourceCatalog.Pod, pod, PodController.Kubelet, "BackOff", $"Back-off pulling image \"{image}\"", now);
                events.Warning(ResourceCatalog.Pod, pod, PodController.Kubelet, "Failed", "Error: ImagePullBackOff", now);
            }
        }
    }

    private static bool IsOfPull(string? reason) => reason is ContainerFailure.Pull or "ImagePullBackOff";
}
