using System.Globalization;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane.Istio;

/// <summary>The lines of istiod's log about servers of Gateways that it leaves out. Each new conflict gives one line.</summary>
internal sealed class IstiodLog(ObjectStore store, IstioListeners listeners, ContainerOutputs outputs, TimeProvider clock)
{
    private const string Namespace = "aks-istio-system";
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public void Write()
    {
        var skipped = store
            .List(ResourceCatalog.Pod)
            .Where(pod => Images.IsGateway(Workloads.Image(pod)))
            .SelectMany(listeners.Skipped)
            .Select(server => (server.Level, server.Why))
            .ToHashSet();
        _known.IntersectWith(skipped.Select(line => line.Why));
        foreach (var (level, why) in skipped.Where(line => _known.Add(line.Why)))
        {
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"{clock.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}\t{level}\tmodel\t{why}"
            );
            foreach (
                var pod in store
                    .List(ResourceCatalog.Pod, Namespace)
                    .Where(pod => pod.Strings("metadata", "labels").GetValueOrDefault("app") == "istiod")
            )
            {
                outputs.Of(pod.Uid()).Add(text);
            }
        }
    }
}
