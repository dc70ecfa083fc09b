using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// The add-on manager: restores AKS's own objects in <c>kube-system</c> when they are missing. Each node has a Lease; nobody renews it, so
/// that an idle cluster writes nothing.
/// </summary>
internal sealed class SystemWorkloads(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    private const string Leases = "kube-node-lease";
    private static readonly WriteOptions Options = new("v1", "kubectl-client-side-apply");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var (type, body) in SystemObjects.Of(shape()))
        {
            if (!store.Has(type, body.Namespace(), body.Name()))
            {
                writer.Create(type, body.Copy(), Options);
            }
        }

        foreach (var node in store.List(ResourceCatalog.Node).Where(node => !store.Has(ResourceCatalog.Lease, Leases, node.Name())))
        {
            writer.Create(ResourceCatalog.Lease, Lease(node), Options with { Manager = "kubelet" });
        }

        return null;
    }

    private JsonObject Lease(JsonObject node) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = node.Name(),
                ["namespace"] = Leases,
                ["ownerReferences"] = new JsonArray(
                    new JsonObject
                    {
                        ["apiVersion"] = "v1",
                        ["kind"] = "Node",
                        ["name"] = node.Name(),
                        ["uid"] = node.Uid(),
                    }
                ),
            },
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = node.Name(),
                ["leaseDurationSeconds"] = 40,
                ["renewTime"] = writer
                    .Times.Clock.GetUtcNow()
                    .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            },
        };
}
