using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// The allocatable resources of nodes without the requests of their pods (kubernetes/kubernetes, plugins/noderesources/fit.go). The pods of
/// the system have no requests here.
/// </summary>
internal sealed class NodeRoom
{
    private const string Pods = "pods";
    private static readonly string[] Resources = ["cpu", "memory", "ephemeral-storage"];
    private readonly Dictionary<string, Dictionary<string, decimal>> _free;

    public NodeRoom(IEnumerable<JsonObject> nodes, IEnumerable<JsonObject> pods)
    {
        _free = nodes.ToDictionary(
            node => node.Name(),
            node => Resources.Append(Pods).ToDictionary(name => name, name => Quantity.Parse(node.At("status", "allocatable", name)) ?? 0)
        );
        foreach (var pod in pods.Where(PodStatus.IsActive))
        {
            if (pod.Text("spec", "nodeName") is { } node)
            {
                Take(pod, node);
            }
        }
    }

    public void Take(JsonObject pod, string node)
    {
        if (_free.TryGetValue(node, out var free))
        {
            free[Pods]--;
            foreach (var name in Resources)
            {
                free[name] -= Requested(pod, name);
            }
        }
    }

    /// <summary>The first resource that the node lacks, in the scheduler's words; null when the pod fits.</summary>
    public string? Lack(JsonObject pod, string node) =>
        !_free.TryGetValue(node, out var free) ? null
        : free[Pods] < 1 ? "Too many pods"
        : Resources.FirstOrDefault(name => Requested(pod, name) is > 0 and var asked && asked > free[name]) is { } lacking
            ? $"Insufficient {lacking}"
        : null;

    private static decimal Requested(JsonObject pod, string name) =>
        pod.Items("spec", "containers").Sum(container => Quantity.Parse(container.At("resources", "requests", name)) ?? 0);
}
