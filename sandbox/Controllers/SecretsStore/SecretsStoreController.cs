using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.SecretsStore;

/// <summary>
/// The controllers of the Secrets Store CSI driver: it makes the Secrets of <c>secretObjects</c> while a pod mounts their class, and with
/// rotation it reads the vaults again (sigs.k8s.io/secrets-store-csi-driver, "Sync as Kubernetes Secret", "Secret auto rotation"). A
/// Secret belongs to the ReplicaSets or pods that mount it, and goes with the last of them.
/// </summary>
internal sealed class SecretsStoreController(
    ObjectStore store,
    ObjectWriter writer,
    EventRecorder events,
    SecretMounts mounts,
    IVaults vaults,
    Func<ClusterShape> shape
) : IController
{
    private const string ManagedLabel = "secrets-store.csi.k8s.io/managed";
    private static readonly WriteOptions Options = new("v1", "secrets-store-csi-driver");
    private DateTimeOffset? _rotation;

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        if (
            shape().SecretsProvider is not { } provider
            || store.List(ResourceCatalog.SecretProviderClassPodStatus) is not { Count: > 0 } all
        )
        {
            _rotation = null;
            return null;
        }

        if (_rotation <= now)
        {
            foreach (var status in all)
            {
                Rotate(status, now);
            }

            _rotation = null;
        }

        _rotation ??= now + provider.RotationInterval;
        foreach (var status in store.List(ResourceCatalog.SecretProviderClassPodStatus))
        {
            Sync(status, now);
        }

        return _rotation;
    }

    private void Rotate(JsonObject status, DateTimeOffset now)
    {
        if (Mounted(status) is not var (pod, providerClass))
        {
            return;
        }

        var (contents, error) = mounts.Read(providerClass);
        if (error is not null)
        {
            events.Warning(
                ResourceCatalog.Pod,
                pod,
                "csi-secrets-store-rotation",
                "MountRotationFailed",
                $"failed to rotate contents for pod {pod.Namespace()}/{pod.Name()}, err: {error}",
                now
            );
            return;
        }

        var objects = SecretMounts.Objects(contents);
        if (!JsonNode.DeepEquals(objects, status.At("status", "objects")))
        {
            writer.Update(
                ResourceCatalog.SecretProviderClassPodStatus,
                status.Namespace(),
                status.Name(),
                live =>
                {
                    live.Child("status")["objects"] = objects;
                    return live;
                },
                Options
            );
            events.Normal(
                ResourceCatalog.Pod,
                pod,
                "csi-secrets-store-rotation",
                "MountRotationComplete",
                "successfully rotated mounted contents for spc " + $"{providerClass.Namespace()}/{providerClass.Name()}",
                now
            );
        }
    }

    private void Sync(JsonObject status, DateTimeOffset now)
    {
        if (Mounted(status) is not var (pod, providerClass))
        {
            return;
        }

        foreach (var wanted in providerClass.Items("spec", "secretObjects"))
        {
            var name = wanted.Text("secretName") ?? "";
            var (data, missing) = Data(status, providerClass, wanted);
            if (missing is not null)
            {
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    "csi-secrets-store-controller",
                    "FailedToCreateSecret",
                    $"failed to get data in spc {providerClass.Namespace()}/{providerClass.Name()} for secret {name}, err: file matching "
                        + $"objectName {missing} not found in the pod",
                    now
                );
                continue;
            }

            Write(pod, wanted, name, data);
        }
    }

    /// <summary>A Secret that somebody else made stays as it is.</summary>
    private void Write(JsonObject pod, JsonNode wanted, string name, JsonObject data)
    {
        var owner = Owner(pod);
        if (store.Get(ResourceCatalog.Secret, pod.Namespace(), name) is not { } found)
        {
            var labels = new JsonObject(
                wanted.Strings("labels").Select(label => KeyValuePair.Create(label.Key, (JsonNode?)JsonValue.Create(label.Value)))
            )
            {
                [ManagedLabel] = "true",
            };
            writer.Create(
                ResourceCatalog.Secret,
                new JsonObject
                {
                    ["metadata"] = new JsonObject
                    {
                        ["name"] = name,
                        ["namespace"] = pod.Namespace(),
                        ["labels"] = labels,
                        ["ownerReferences"] = new JsonArray(owner),
                    },
                    ["type"] = wanted.Text("type"),
                    ["data"] = data,
                },
                Options
            );
            return;
        }

        var isOwned = found.Items("metadata", "ownerReferences").Any(known => known.Text("uid") == owner.Text("uid"));
        if (found.Text("metadata", "labels", ManagedLabel) != "true" || (isOwned && JsonNode.DeepEquals(found["data"], data)))
        {
            return;
        }

        writer.Update(
            ResourceCatalog.Secret,
            pod.Namespace(),
            name,
            live =>
            {
                live["data"] = data;
                if (!isOwned)
                {
                    live.Child("metadata")["ownerReferences"] = new JsonArray([
                        .. live.Items("metadata", "ownerReferences").Select(known => known.DeepClone()),
                        owner,
                    ]);
                }

                return live;
            },
            Options
        );
    }

    /// <returns>The data of a Secret, or the object that the volume lacks.</returns>
    private (JsonObject Data, string? Missing) Data(JsonObject status, JsonObject providerClass, JsonNode wanted)
    {
        var vault = providerClass.Text("spec", "parameters", "keyvaultName") ?? "";
        var files = (VaultObject.Of(providerClass) ?? []).ToLookup(one => one.Alias);
        var data = new JsonObject();
        foreach (var item in wanted.Items("data"))
        {
            var file = files[item.Text("objectName") ?? ""].FirstOrDefault();
            var mounted = status.Items("status", "objects").FirstOrDefault(known => known.Text("id") == file?.Id);
            if (file is null || mounted is null || vaults.Find(vault, file.Name, mounted.Text("version") ?? "") is not { } content)
            {
                return (data, item.Text("objectName"));
            }

            var part = file.Part(content, wanted.Text("type") ?? "", item.Text("key") ?? "");
            data[item.Text("key") ?? ""] = Convert.ToBase64String(Encoding.UTF8.GetBytes(part));
        }

        return (data, null);
    }

    private (JsonObject Pod, JsonObject ProviderClass)? Mounted(JsonObject status) =>
        store.Get(ResourceCatalog.Pod, status.Namespace(), status.Text("status", "podName") ?? "") is { } pod
        && store.Get(ResourceCatalog.SecretProviderClass, status.Namespace(), status.Text("status", "secretProviderClassName") ?? "")
            is { } providerClass
            ? (pod, providerClass)
            : null;

    private static JsonObject Owner(JsonObject pod)
    {
        var controller = pod.Items("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller") == true);
        return new JsonObject
        {
            ["apiVersion"] = controller?.Text("apiVersion") ?? "v1",
            ["kind"] = controller?.Text("kind") ?? "Pod",
            ["name"] = controller?.Text("name") ?? pod.Name(),
            ["uid"] = controller?.Text("uid") ?? pod.Uid(),
        };
    }
}
