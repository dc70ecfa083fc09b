using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Deletes an object; a namespace goes with everything in it. What is owned by it is left to the garbage collector among the controllers.</summary>
internal static class Deletion
{
    public static JsonObject Run(ObjectStore store, ObjectWriter writer, ResourceType type, JsonObject body)
    {
        if (type == ResourceCatalog.Namespace)
        {
            foreach (var inside in ResourceCatalog.All.Where(other => other.Namespaced))
            {
                foreach (var item in store.List(inside, body.Name()))
                {
                    writer.Delete(inside, item.Namespace(), item.Name());
                }
            }
        }

        return writer.Delete(type, body.Namespace(), body.Name()) ?? throw KubeError.NotFound(type, body.Name());
    }
}
