using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>Writes an Event at each time that a probe fails.</summary>
internal sealed class ProbeEvents(EventRecorder events)
{
    /// <summary>The kubelet spreads the first probes of its containers.</summary>
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, DateTimeOffset> _last = new(StringComparer.Ordinal);

    /// <param name="started">When the container started.</param>
    /// <returns>The time of the next probe.</returns>
    public DateTimeOffset Write(JsonObject pod, ContainerProbe failing, DateTimeOffset started, DateTimeOffset now)
    {
        var next = started + failing.Delay + Spread;
        if (_last.TryGetValue(pod.Uid(), out var last) && last + failing.Period > next)
        {
            next = last + failing.Period;
        }

        if (next > now)
        {
            return next;
        }

        _last[pod.Uid()] = now;
        events.Warning(
            ResourceCatalog.Pod,
            pod,
            PodController.Kubelet,
            "Unhealthy",
            failing.Message?.StartsWith("rpc error", StringComparison.Ordinal) == true
                ? $"{failing.Kind} probe errored and resulted in unknown state: {failing.Message}"
                : $"{failing.Kind} probe failed: {failing.Message}",
            now
        );
        return now + failing.Period;
    }

    public void Forget(IEnumerable<JsonObject> pods)
    {
        foreach (var gone in _last.Keys.Except(pods.Select(pod => pod.Uid())).ToArray())
        {
            _last.Remove(gone);
        }
    }
}
