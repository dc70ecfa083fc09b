using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The output of one cluster's containers, by pod, while the pod exists. Each pod here has one container with output.</summary>
internal sealed class ContainerOutputs
{
    private readonly ConcurrentDictionary<string, ContainerOutput> _outputs = new(StringComparer.Ordinal);
    private readonly ObjectStore _store;
    private readonly TimeProvider _clock;

    public ContainerOutputs(ObjectStore store, TimeProvider clock)
    {
        (_store, _clock) = (store, clock);
        store.Changed += change =>
        {
            if (change.Deleted && change.Key.Type == ResourceCatalog.Pod && _outputs.TryRemove(change.Object.Uid(), out var output))
            {
                output.End();
            }
        };
    }

    /// <summary>The output of a pod that was read from the store, and may be deleted since.</summary>
    public ContainerOutput Of(JsonObject pod)
    {
        var output = Of(pod.Uid());
        if (_store.Get(ResourceCatalog.Pod, pod.Namespace(), pod.Name())?.Uid() != pod.Uid())
        {
            output.End();
        }

        return output;
    }

    /// <param name="pod">The pod's uid.</param>
    public ContainerOutput Of(string pod) => _outputs.GetOrAdd(pod, _ => new ContainerOutput(_clock));
}
