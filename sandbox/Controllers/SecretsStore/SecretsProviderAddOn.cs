using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.SecretsStore;

/// <summary>
/// Installs and removes the add-on Azure Key Vault provider for Secrets Store CSI Driver: its definitions and its DaemonSets. Pods that run
/// keep what they have mounted, and Secrets stay with their pods.
/// </summary>
internal sealed class SecretsProviderAddOn(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    private static readonly WriteOptions Options = new("v1", "kubectl-client-side-apply");

    private static readonly IReadOnlyList<JsonObject> DaemonSets =
    [
        SystemObjects.DaemonSet("aks-secrets-store-csi-driver", "kubernetes-csi/secrets-store/driver:v1.5.4"),
        SystemObjects.DaemonSet("aks-secrets-store-provider-azure", "azure/secrets-store/provider-azure:v1.7.2"),
    ];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var isEnabled = shape().SecretsProvider is not null;
        foreach (var type in ResourceCatalog.SecretsStoreTypes)
        {
            var isPresent = store.Has(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural);
            if (isEnabled && !isPresent && type.Definition is { } definition)
            {
                writer.Create(
                    ResourceCatalog.CustomResourceDefinition,
                    definition.Lean(type.Versions, new JsonObject { ["addonmanager.kubernetes.io/mode"] = "Reconcile" }, []),
                    Options
                );
            }
            else if (!isEnabled && isPresent)
            {
                foreach (var item in store.List(type))
                {
                    writer.Delete(type, item.Namespace(), item.Name());
                }

                writer.Delete(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural);
            }
        }

        foreach (var body in DaemonSets)
        {
            var isPresent = store.Has(ResourceCatalog.DaemonSet, body.Namespace(), body.Name());
            if (isEnabled && !isPresent)
            {
                writer.Create(ResourceCatalog.DaemonSet, body.Copy(), Options);
            }
            else if (!isEnabled && isPresent)
            {
                writer.Delete(ResourceCatalog.DaemonSet, body.Namespace(), body.Name());
            }
        }

        return null;
    }
}
