using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission.Policies;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Node auto-provisioning of AKS Automatic: a pod that no node takes gets a new node about two minutes later (a public report of May 2026).
/// Simulated: one size, and no consolidation, so that nodes stay.
/// </summary>
internal sealed class NodeProvisioner(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    private const string Pool = "default";
    private const string Label = "karpenter.sh/nodepool";
    private const int MostNodes = 100;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(100);
    private static readonly WriteOptions Options = new("v1", "karpenter");

    /// <summary>When the node that is being made joins the cluster; null while none is.</summary>
    private DateTimeOffset? _ready;

    /// <summary>Whether a node is one of these, which belong to no pool of the client.</summary>
    public static bool IsOne(JsonObject node) => node.Text("metadata", "labels", Label) == Pool;

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var cluster = shape();
        if (!cluster.IsAutomatic || !store.List(ResourceCatalog.Pod).Any(Waits))
        {
            _ready = null;
            return null;
        }

        _ready ??= now + StartTime;
        if (now < _ready)
        {
            return _ready;
        }

        _ready = null;
        var count = store.List(ResourceCatalog.Node).Count(IsOne);
        if (count < MostNodes)
        {
            Add(cluster, count, now);
        }

        return null;
    }

    private static bool Waits(JsonObject pod) =>
        pod.Text("spec", "nodeName") is null
        && !ProtectedNamespaces.Contains(pod.Namespace())
        && PodPlacement.AssignedNode(pod) is null
        && pod.Items("status", "conditions")
            .Any(condition => condition.Text("type") == "PodScheduled" && condition.Text("status") == "False");

    private void Add(ClusterShape cluster, int index, DateTimeOffset now)
    {
        var pool = new NodePoolShape(Pool, "User", 1, "Standard_D4as_v6", cluster.KubernetesVersion) { OsSku = "AzureLinux" };
        var node = BaseObjects.Node(cluster, pool, $"aks-{Pool}-{index:D5}");
        node.Child("metadata").Child("labels")[Label] = Pool;
        var made = writer.Create(ResourceCatalog.Node, node, Options).Object.Copy();
        var place = store.Count(ResourceCatalog.Node) - 1;
        made["status"] = NodeStatus.Of(cluster, pool, made.Name(), place, writer.Times.At(now));
        writer.Update(ResourceCatalog.Node, "", made.Name(), _ => made, Options with { Subresource = "status", Manager = "kubelet" });
    }
}
