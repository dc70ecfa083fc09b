using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// What admission plug-ins of the API server add to a new object from other objects
/// (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/): DefaultStorageClass, StorageObjectInUseProtection,
/// LimitRanger and Priority.
/// </summary>
internal static class StoreDefaults
{
    private const string DefaultClass = "storageclass.kubernetes.io/is-default-class";

    public static void Apply(ObjectStore store, ResourceType type, JsonObject? before, JsonObject body)
    {
        if (before is not null)
        {
            return;
        }

        if (type == ResourceCatalog.Claim)
        {
            Claim(store, body);
        }
        else if (type == ResourceCatalog.Pod)
        {
            LimitRanges.Default(store, body);
            Priority(store, body);
        }
    }

    private static void Claim(ObjectStore store, JsonObject body)
    {
        var metadata = body.Child("metadata");
        metadata["finalizers"] ??= new JsonArray("kubernetes.io/pvc-protection");
        if (
            body.At("spec", "storageClassName") is null
            && store
                .List(ResourceCatalog.StorageClass)
                .FirstOrDefault(one => one.Strings("metadata", "annotations").GetValueOrDefault(DefaultClass) == "true")
                is { } usual
        )
        {
            body.Child("spec")["storageClassName"] = usual.Name();
        }
    }

    private static void Priority(ObjectStore store, JsonObject pod)
    {
        var spec = pod.Child("spec");
        if (spec.Text("priorityClassName") is not { Length: > 0 } name)
        {
            spec["priority"] ??= 0;
            spec["preemptionPolicy"] ??= "PreemptLowerPriority";
            return;
        }

        var found =
            store.Get(ResourceCatalog.PriorityClass, "", name)
            ?? throw KubeError.Forbidden(ResourceCatalog.Pod, pod.Name(), $"no PriorityClass with name {name} was found");
        spec["priority"] = found["value"]?.DeepClone();
        spec["preemptionPolicy"] ??= found.Text("preemptionPolicy") ?? "PreemptLowerPriority";
    }
}
