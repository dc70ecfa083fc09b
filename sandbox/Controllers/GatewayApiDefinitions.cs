using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Definitions;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Installs and removes the managed Gateway API definitions according to the cluster's shape. The bundle version follows the Kubernetes
/// version.
/// </summary>
internal sealed class GatewayApiDefinitions(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    private static readonly WriteOptions Options = new("v1", "aks-managed-gateway-api");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var cluster = shape();
        var bundle = cluster.GatewayApi ? GatewayApiBundle.For(cluster.KubernetesVersion) : null;
        foreach (var type in ResourceCatalog.GatewayApiTypes)
        {
            var present = store.Get(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural);
            if (bundle?.Served(type) is not { Count: > 0 })
            {
                Remove(type, present is not null);
            }
            else if (present is null)
            {
                writer.Create(ResourceCatalog.CustomResourceDefinition, bundle.Definition(type), Options);
            }
            else if (
                present.Strings("metadata", "annotations").GetValueOrDefault(GatewayApiBundle.VersionAnnotation) != $"v{bundle.Version}"
            )
            {
                writer.Update(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural, _ => bundle.Definition(type), Options);
            }
        }

        return null;
    }

    private void Remove(ResourceType type, bool present)
    {
        if (!present)
        {
            return;
        }

        foreach (var item in store.List(type))
        {
            writer.Delete(type, item.Namespace(), item.Name());
        }

        writer.Delete(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural);
    }
}
