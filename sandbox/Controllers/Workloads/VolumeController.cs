using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Binds claims to volumes, which the storage drivers of AKS create at once: a disk when a pod uses its claim, a file share without waiting
/// (https://kubernetes.io/docs/concepts/storage/persistent-volumes/). No volume holds data.
/// </summary>
internal sealed class VolumeController(ObjectStore store, ObjectWriter writer, EventRecorder events) : IController
{
    private const string Source = "persistentvolume-controller";
    private const string Protection = "kubernetes.io/pvc-protection";
    private static readonly string[] Drivers = ["disk.csi.azure.com", "file.csi.azure.com"];

    /// <summary>By uid of a claim, the reason of its last Event. Each reason makes one Event.</summary>
    private readonly Dictionary<string, string> _told = [];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var claims = store.List(ResourceCatalog.Claim);
        var volumes = store.List(ResourceCatalog.Volume);
        if (claims.Count == 0 && volumes.Count == 0)
        {
            return null;
        }

        var used = store
            .List(ResourceCatalog.Pod)
            .Where(pod => pod.Text("status", "phase") is not ("Succeeded" or "Failed"))
            .SelectMany(pod => pod.Items("spec", "volumes").Select(volume => (pod.Namespace(), ClaimName(volume))))
            .ToHashSet();
        foreach (var claim in claims)
        {
            if (claim.Text("metadata", "deletionTimestamp") is not null)
            {
                _told.Remove(claim.Uid());
                if (!used.Contains((claim.Namespace(), claim.Name())))
                {
                    Release(claim);
                }
            }
            else if (claim.Text("status", "phase") != "Bound")
            {
                Bind(claim, used.Contains((claim.Namespace(), claim.Name())), now);
            }
        }

        foreach (var volume in store.List(ResourceCatalog.Volume))
        {
            Settle(volume);
        }

        return null;
    }

    private static string? ClaimName(JsonNode volume) => volume.Text("persistentVolumeClaim", "claimName");

    private void Bind(JsonObject claim, bool isUsed, DateTimeOffset now)
    {
        var className = claim.Text("spec", "storageClassName") ?? "";
        if (store.List(ResourceCatalog.Volume).FirstOrDefault(volume => Fits(volume, claim, className)) is { } found)
        {
            Bind(claim, found);
            return;
        }

        if (className.Length == 0)
        {
            Tell(claim, "FailedBinding", "no persistent volumes available for this claim and no storage class is set", now);
            return;
        }

        if (store.Get(ResourceCatalog.StorageClass, "", className) is not { } storage)
        {
            Tell(claim, "ProvisioningFailed", $"storageclass.storage.k8s.io \"{className}\" not found", now);
            return;
        }

        if (storage.Text("volumeBindingMode") == "WaitForFirstConsumer" && !isUsed)
        {
            Tell(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding", now);
        }
        else if (Drivers.Contains(storage.Text("provisioner")))
        {
            Bind(claim, Provision(claim, storage, now));
        }
    }

    private void Tell(JsonObject claim, string reason, string message, DateTimeOffset now)
    {
        if (_told.TryGetValue(claim.Uid(), out var last) && last == reason)
        {
            return;
        }

        _told[claim.Uid()] = reason;
        if (reason == "ProvisioningFailed")
        {
            events.Warning(ResourceCatalog.Claim, claim, Source, reason, message, now);
        }
        else
        {
            events.Normal(ResourceCatalog.Claim, claim, Source, reason, message, now);
        }
    }

    private static bool Fits(JsonObject volume, JsonObject claim, string className) =>
        volume.At("spec", "claimRef") is { } reserved
            ? reserved.Text("namespace") == claim.Namespace()
                && reserved.Text("name") == claim.Name()
                && (reserved.Text("uid") is null || reserved.Text("uid") == claim.Uid())
            : (volume.Text("spec", "storageClassName") ?? "") == className
                && (claim.Text("spec", "volumeName") is not { Length: > 0 } named || named == volume.Name())
                && Quantity.Parse(volume.At("spec", "capacity", "storage"))
                    >= Quantity.Parse(claim.At("spec", "resources", "requests", "storage"))
                && claim
                    .Items("spec", "accessModes")
                    .All(mode => volume.Items("spec", "accessModes").Any(offered => offered.ToString() == mode.ToString()));

    private JsonObject Provision(JsonObject claim, JsonObject storage, DateTimeOffset now)
    {
        var (name, driver) = ($"pvc-{claim.Uid()}", storage.Text("provisioner") ?? "");
        events.Normal(ResourceCatalog.Claim, claim, driver, "ProvisioningSucceeded", $"Successfully provisioned volume {name}", now);
        return writer
            .Create(
                ResourceCatalog.Volume,
                new JsonObject
                {
                    ["metadata"] = new JsonObject
                    {
                        ["name"] = name,
                        ["annotations"] = new JsonObject { ["pv.kubernetes.io/provisioned-by"] = driver },
                    },
                    ["spec"] = new JsonObject
                    {
                        ["capacity"] = new JsonObject { ["storage"] = claim.At("spec", "resources", "requests", "storage")?.DeepClone() },
                        ["csi"] = new JsonObject { ["driver"] = driver, ["volumeHandle"] = name },
                        ["accessModes"] = claim.At("spec", "accessModes")?.DeepClone(),
                        ["claimRef"] = Reference(claim),
                        ["persistentVolumeReclaimPolicy"] = storage.Text("reclaimPolicy") ?? "Delete",
                        ["storageClassName"] = storage.Name(),
                        ["volumeMode"] = claim.Text("spec", "volumeMode") ?? "Filesystem",
                    },
                },
                new WriteOptions("v1", "csi-provisioner")
            )
            .Object;
    }

    private void Bind(JsonObject claim, JsonObject volume)
    {
        _told.Remove(claim.Uid());
        if (volume.Text("spec", "claimRef", "uid") != claim.Uid())
        {
            writer.Change(ResourceCatalog.Volume, volume, live => live.Child("spec")["claimRef"] = Reference(claim));
        }

        var bound = writer.Change(
            ResourceCatalog.Claim,
            claim,
            live =>
            {
                live.Child("spec")["volumeName"] = volume.Name();
                live.Child("metadata").Child("annotations")["pv.kubernetes.io/bind-completed"] = "yes";
            }
        );
        writer.SetStatus(
            ResourceCatalog.Claim,
            bound,
            new JsonObject
            {
                ["phase"] = "Bound",
                ["accessModes"] = volume.At("spec", "accessModes")?.DeepClone(),
                ["capacity"] = volume.At("spec", "capacity")?.DeepClone(),
            }
        );
    }

    /// <summary>A claim in deletion disappears when no pod uses it.</summary>
    private void Release(JsonObject claim) =>
        writer.Change(
            ResourceCatalog.Claim,
            claim,
            live =>
                live.Child("metadata")["finalizers"] = new JsonArray([
                    .. live.Items("metadata", "finalizers")
                        .Where(finalizer => finalizer.ToString() != Protection)
                        .Select(finalizer => finalizer.DeepClone()),
                ])
        );

    /// <summary>A volume without its claim is deleted or kept, as its reclaim policy says.</summary>
    private void Settle(JsonObject volume)
    {
        var reserved = volume.At("spec", "claimRef");
        var claim = reserved is null
            ? null
            : store.Get(ResourceCatalog.Claim, reserved.Text("namespace") ?? "", reserved.Text("name") ?? "");
        var isBound = claim is not null && reserved.Text("uid") == claim.Uid();
        if (reserved.Text("uid") is not null && !isBound && volume.Text("spec", "persistentVolumeReclaimPolicy") == "Delete")
        {
            writer.Delete(ResourceCatalog.Volume, "", volume.Name());
            return;
        }

        var phase =
            isBound ? "Bound"
            : reserved.Text("uid") is not null ? "Released"
            : "Available";
        if (volume.Text("status", "phase") != phase)
        {
            writer.SetStatus(ResourceCatalog.Volume, volume, new JsonObject { ["phase"] = phase });
        }
    }

    private static JsonObject Reference(JsonObject claim) =>
        new()
        {
            ["kind"] = "PersistentVolumeClaim",
            ["namespace"] = claim.Namespace(),
            ["name"] = claim.Name(),
            ["uid"] = claim.Uid(),
            ["apiVersion"] = "v1",
            ["resourceVersion"] = claim.Text("metadata", "resourceVersion"),
        };
}
