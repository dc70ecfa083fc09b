using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Objects that every cluster has from the start: namespaces of AKS and of the owner (<see cref="SandboxOptions.Namespaces"/>), nodes, the
/// <c>kubernetes</c> Service and a default ServiceAccount in each namespace.
/// </summary>
internal sealed class BaseObjects(ObjectStore store, ObjectWriter writer, IReadOnlyList<string> others, Func<ClusterShape> shape)
    : IController
{
    private static readonly string[] Namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];
    private static readonly WriteOptions Options = new("v1", "kube-apiserver");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var name in Namespaces.Concat(others))
        {
            Ensure(ResourceCatalog.Namespace, "", name, () => Namespace(name));
        }

        lock (store.WriteLock)
        {
            // Under the lock, so that no namespace is deleted between the check and the write.
            foreach (var home in store.List(ResourceCatalog.Namespace).Where(home => home.Text("metadata", "deletionTimestamp") is null))
            {
                Ensure(
                    ResourceCatalog.ServiceAccount,
                    home.Name(),
                    "default",
                    () =>
                        new JsonObject
                        {
                            ["metadata"] = new JsonObject { ["name"] = "default", ["namespace"] = home.Name() },
                        }
                );
            }
        }

        Ensure(
            ResourceCatalog.Service,
            "default",
            "kubernetes",
            () =>
                new JsonObject
                {
                    ["metadata"] = new JsonObject
                    {
                        ["name"] = "kubernetes",
                        ["namespace"] = "default",
                        ["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" },
                    },
                    ["spec"] = new JsonObject
                    {
                        ["clusterIP"] = "10.0.0.1",
                        ["clusterIPs"] = new JsonArray("10.0.0.1"),
                        ["ports"] = new JsonArray(
                            new JsonObject
                            {
                                ["name"] = "https",
                                ["port"] = 443,
                                ["targetPort"] = 443,
                                ["protocol"] = "TCP",
                            }
                        ),
                    },
                }
        );
        Nodes(now);
        return null;
    }

    private void Nodes(DateTimeOffset now)
    {
        var cluster = shape();
        var wanted = cluster
            .Pools.SelectMany(pool =>
            {
                var machines = NodeGroupResources.ScaleSetName(pool.Name, NodeImage.Of(pool.OsSku, pool.VmSize).IsWindows);
                return Enumerable.Range(0, pool.Count).Select(index => (Name: $"{machines}{index:D6}", Pool: pool));
            })
            .ToArray();
        foreach (var (index, (name, pool)) in wanted.Index())
        {
            if (Ensure(ResourceCatalog.Node, "", name, () => Node(cluster, pool, name)) is { } made)
            {
                made["status"] = NodeStatus.Of(cluster, pool, name, index, writer.Times.At(now));
                writer.Update(ResourceCatalog.Node, "", name, _ => made, Options with { Subresource = "status", Manager = "kubelet" });
            }
        }

        foreach (var node in store.List(ResourceCatalog.Node))
        {
            if (
                !(cluster.IsAutomatic && NodeProvisioner.IsOne(node))
                && !wanted.Any(one =>
                    one.Name == node.Name() && $"v{one.Pool.KubernetesVersion}" == node.Text("status", "nodeInfo", "kubeletVersion")
                )
            )
            {
                writer.Delete(ResourceCatalog.Node, "", node.Name()); // the next round replaces a node with an old version
            }
        }
    }

    /// <summary>AKS labels its own namespace, which <see cref="AdmissionsEnforcer"/> keeps webhooks away from.</summary>
    private static JsonObject Namespace(string name) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] =
                    name == SystemObjects.Home
                        ? new JsonObject
                        {
                            ["addonmanager.kubernetes.io/mode"] = "Reconcile",
                            ["control-plane"] = "true",
                            ["kubernetes.azure.com/managedby"] = "aks",
                            ["kubernetes.io/cluster-service"] = "true",
                        }
                        : null,
            },
        };

    private JsonObject? Ensure(ResourceType type, string @namespace, string name, Func<JsonObject> make) =>
        store.Has(type, @namespace, name) ? null : writer.Create(type, make(), Options).Object.Copy();

    internal static JsonObject Node(ClusterShape cluster, NodePoolShape pool, string name)
    {
        var image = NodeImage.Of(pool.OsSku, pool.VmSize);
        var node = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject
                {
                    ["agentpool"] = pool.Name,
                    ["kubernetes.azure.com/agentpool"] = pool.Name,
                    ["kubernetes.azure.com/mode"] = pool.Mode.ToLowerInvariant(),
                    ["kubernetes.azure.com/node-image-version"] = image.Name,
                    ["kubernetes.azure.com/os-sku"] = pool.OsSku,
                    ["kubernetes.io/arch"] = image.IsArm ? "arm64" : "amd64",
                    ["kubernetes.io/hostname"] = name,
                    ["kubernetes.io/os"] = image.IsWindows ? "windows" : "linux",
                    ["node.kubernetes.io/instance-type"] = pool.VmSize,
                    ["topology.kubernetes.io/region"] = cluster.Location,
                },
            },
        };
        if (pool.IsReserved)
        {
            node["spec"] = new JsonObject
            {
                ["taints"] = new JsonArray(
                    new JsonObject
                    {
                        ["key"] = PodPlacement.ReservedTaint,
                        ["value"] = "true",
                        ["effect"] = "NoSchedule",
                    }
                ),
            };
        }

        return node;
    }
}
