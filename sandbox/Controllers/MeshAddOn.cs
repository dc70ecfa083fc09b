using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Installs, changes and removes the Istio add-on according to the cluster's shape. Disabling it deletes the definitions, the custom
/// resources and both namespaces with all their objects.
/// </summary>
internal sealed class MeshAddOn(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var mesh = shape().Mesh;
        if (mesh is null)
        {
            Remove();
            return null;
        }

        Ensure(ResourceCatalog.Namespace, "", MeshObjects.SystemNamespace, () => MeshObjects.Namespace(MeshObjects.SystemNamespace));
        Ensure(ResourceCatalog.Namespace, "", MeshObjects.IngressNamespace, () => MeshObjects.Namespace(MeshObjects.IngressNamespace));
        foreach (var type in ResourceCatalog.IstioTypes)
        {
            Ensure(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural, () => MeshObjects.Definition(type));
        }

        foreach (var revision in mesh.Revisions)
        {
            EnsureScaled(MeshObjects.ControlPlane(revision));
            Ensure(ResourceCatalog.ConfigMap, MeshObjects.SystemNamespace, $"istio-{revision}", () => MeshObjects.Configuration(revision));
            Ensure(
                ResourceCatalog.Service,
                MeshObjects.SystemNamespace,
                $"istiod-{revision}",
                () => MeshObjects.ControlPlaneService(revision)
            );
        }

        Gateway(MeshObjects.ExternalGateway, mesh.ExternalGateway, mesh.Revisions);
        Gateway(MeshObjects.InternalGateway, mesh.InternalGateway, mesh.Revisions);
        RemoveRevisions(mesh);
        return null;
    }

    private void Gateway(string name, bool enabled, IReadOnlyList<string> revisions)
    {
        if (!enabled)
        {
            Delete(ResourceCatalog.Service, MeshObjects.IngressNamespace, name);
            return;
        }

        Ensure(ResourceCatalog.Service, MeshObjects.IngressNamespace, name, () => MeshObjects.GatewayService(name));
        foreach (var revision in revisions)
        {
            EnsureScaled(MeshObjects.GatewayDeployment(name, revision));
        }
    }

    /// <summary>Removes Deployments of revisions and gateways that are no longer wanted.</summary>
    private void RemoveRevisions(MeshShape mesh)
    {
        var wanted = mesh
            .Revisions.Select(revision => $"istiod-{revision}")
            .Concat(mesh.ExternalGateway ? mesh.Revisions.Select(revision => $"{MeshObjects.ExternalGateway}-{revision}") : [])
            .Concat(mesh.InternalGateway ? mesh.Revisions.Select(revision => $"{MeshObjects.InternalGateway}-{revision}") : [])
            .ToHashSet();
        foreach (var deployment in Ours().Where(deployment => !wanted.Contains(deployment.Name())).ToArray())
        {
            Delete(ResourceCatalog.Deployment, deployment.Namespace(), deployment.Name());
            Delete(ResourceCatalog.Scaler, deployment.Namespace(), deployment.Name());
            Delete(ResourceCatalog.DisruptionBudget, deployment.Namespace(), deployment.Name());
            Delete(
                ResourceCatalog.ConfigMap,
                MeshObjects.SystemNamespace,
                $"istio-{deployment.Strings("metadata", "labels")["istio.io/rev"]}"
            );
            Delete(ResourceCatalog.Service, MeshObjects.SystemNamespace, deployment.Name());
        }
    }

    private IEnumerable<JsonObject> Ours() =>
        store
            .List(ResourceCatalog.Deployment, MeshObjects.SystemNamespace)
            .Concat(store.List(ResourceCatalog.Deployment, MeshObjects.IngressNamespace))
            .Where(deployment => deployment.Strings("metadata", "labels").ContainsKey("istio.io/rev"));

    private void Remove()
    {
        if (
            store.Get(ResourceCatalog.Namespace, "", MeshObjects.SystemNamespace) is null
            && store.Get(ResourceCatalog.CustomResourceDefinition, "", ResourceCatalog.Gateway.QualifiedPlural) is null
        )
        {
            return;
        }

        foreach (var type in ResourceCatalog.IstioTypes)
        {
            foreach (var item in store.List(type))
            {
                Delete(type, item.Namespace(), item.Name());
            }

            Delete(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural);
        }

        foreach (var name in new[] { MeshObjects.IngressNamespace, MeshObjects.SystemNamespace })
        {
            Delete(ResourceCatalog.Namespace, "", name);
        }
    }

    private void EnsureScaled(JsonObject deployment)
    {
        Ensure(ResourceCatalog.Deployment, deployment.Namespace(), deployment.Name(), () => deployment);
        Ensure(
            ResourceCatalog.Scaler,
            deployment.Namespace(),
            deployment.Name(),
            () => MeshObjects.Scaler(deployment.Namespace(), deployment.Name())
        );
        Ensure(ResourceCatalog.DisruptionBudget, deployment.Namespace(), deployment.Name(), () => MeshObjects.DisruptionBudget(deployment));
    }

    private void Ensure(ResourceType type, string @namespace, string name, Func<JsonObject> make)
    {
        if (store.Get(type, @namespace, name) is null)
        {
            writer.Create(type, make(), new WriteOptions(type.Versions[0], MeshObjects.Manager));
        }
    }

    private void Delete(ResourceType type, string @namespace, string name) => writer.Delete(type, @namespace, name);
}
