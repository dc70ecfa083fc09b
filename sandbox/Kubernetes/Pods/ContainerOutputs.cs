using System.Collections.Concurrent;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The output of one cluster's containers, by pod, while the pod exists. Each pod here has one container with output.</summary>
internal sealed class ContainerOutputs
{
    private readonly ConcurrentDictionary<string, ContainerOutput> _outputs = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;

    public ContainerOutputs(ObjectStore store, TimeProvider clock)
    {
        _clock = clock;
        store.Changed += change =>
        {
            if (change.Deleted && change.Key.Type == ResourceCatalog.Pod && _outputs.TryRemove(change.Object.Uid(), out var output))
            {
                output.End();
            }
        };
    }

    /// <param name="pod">The pod's uid.</param>
    public ContainerOutput Of(string pod) => _outputs.GetOrAdd(pod, _ => new ContainerOutput(_clock));
}
