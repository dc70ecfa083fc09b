using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers.SecretsStore;

/// <summary>
/// The volumes of the Secrets Store CSI driver in a pod. The kubelet mounts them before it starts the containers, and tries again after
/// half a second, a second and so on, up to two minutes (kubernetes/kubernetes, pkg/util/goroutinemap/exponentialbackoff).
/// </summary>
internal sealed class SecretMounts(ObjectStore store, ObjectWriter writer, EventRecorder events, IVaults vaults, Func<ClusterShape> shape)
{
    private const string Driver = "secrets-store.csi.k8s.io";
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(122);
    private static readonly WriteOptions Options = new("v1", "secrets-store-csi-driver");

    /// <summary>By uid of a pod, its last attempt that failed.</summary>
    private readonly Dictionary<string, (DateTimeOffset Next, TimeSpan BackOff)> _failed = [];

    /// <returns>When the kubelet tries again; null when all volumes are mounted.</returns>
    public DateTimeOffset? Mount(JsonObject pod, DateTimeOffset now)
    {
        if (_failed.TryGetValue(pod.Uid(), out var last) && now < last.Next)
        {
            return last.Next;
        }

        foreach (var volume in pod.Items("spec", "volumes").Where(volume => volume.Text("csi", "driver") == Driver))
        {
            if (Mount(pod, volume.Text("csi", "volumeAttributes", "secretProviderClass") ?? "") is { } problem)
            {
                var wait =
                    last.BackOff == TimeSpan.Zero ? FirstBackOff
                    : last.BackOff * 2 < LongestBackOff ? last.BackOff * 2
                    : LongestBackOff;
                _failed[pod.Uid()] = (now + wait, wait);
                events.Warning(
                    ResourceCatalog.Pod,
                    pod,
                    "kubelet",
                    "FailedMount",
                    $"MountVolume.SetUp failed for volume \"{volume.Text("name")}\" : {problem}",
                    now
                );
                return now + wait;
            }
        }

        return null;
    }

    /// <summary>Whether an attempt for the pod has failed before. The pod starts anew when it is mounted.</summary>
    public bool Forget(JsonObject pod) => _failed.Remove(pod.Uid());

    /// <summary>The content of the vault that a class reads, as it is now.</summary>
    /// <returns>The contents by object, or the words of the driver's error.</returns>
    public (IReadOnlyList<(VaultObject Object, VaultContent Content)> Contents, string? Error) Read(JsonObject providerClass)
    {
        var parameters = providerClass.Strings("spec", "parameters");
        if (providerClass.Text("spec", "provider") != "azure")
        {
            return ([], $"failed to look up provider \"{providerClass.Text("spec", "provider")}\": provider not found");
        }

        if (
            new[] { "keyvaultName", "tenantId" }.FirstOrDefault(name => parameters.GetValueOrDefault(name) is not { Length: > 0 }) is
            { } missing
        )
        {
            return ([], Failed($"{missing} is not set"));
        }

        if (parameters.GetValueOrDefault("useVMManagedIdentity") != "true")
        {
            return ([], Failed("the sandbox has managed identities of nodes only. Set useVMManagedIdentity"));
        }

        if (VaultObject.Of(providerClass) is not { } wanted)
        {
            return ([], Failed("objects is not set or cannot be read"));
        }

        var contents = new List<(VaultObject, VaultContent)>();
        foreach (var one in wanted)
        {
            var (content, error) = vaults.Read(
                parameters.GetValueOrDefault("userAssignedIdentityID") ?? "",
                parameters["keyvaultName"],
                one
            );
            if (content is null)
            {
                return (
                    [],
                    error.StartsWith("rpc error", StringComparison.Ordinal)
                        ? error
                        : Failed($"failed to get objectType:{one.Type}, objectName:{one.Name}, objectVersion:{one.Version}: {error}")
                );
            }

            contents.Add((one, content));
        }

        return (contents, null);
    }

    private string? Mount(JsonObject pod, string name)
    {
        if (shape().SecretsProvider is null)
        {
            return $"kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name {Driver} not found in the list of registered "
                + "CSI drivers";
        }

        var statusName = $"{pod.Name()}-{pod.Namespace()}-{name}"; // one for each pod and class
        if (store.Has(ResourceCatalog.SecretProviderClassPodStatus, pod.Namespace(), statusName))
        {
            return null;
        }

        if (store.Get(ResourceCatalog.SecretProviderClass, pod.Namespace(), name) is not { } providerClass)
        {
            return $"rpc error: code = Unknown desc = failed to get secretproviderclass {pod.Namespace()}/{name}, error: "
                + $"SecretProviderClass.secrets-store.csi.x-k8s.io \"{name}\" not found";
        }

        var (contents, error) = Read(providerClass);
        if (error is not null)
        {
            return error.StartsWith("rpc error: code = Deadline", StringComparison.Ordinal)
                ? error
                : $"rpc error: code = Unknown desc = failed to mount secrets store objects for pod {pod.Namespace()}/{pod.Name()}, err: "
                    + error;
        }

        writer.Create(ResourceCatalog.SecretProviderClassPodStatus, Status(pod, name, statusName, contents), Options);
        return null;
    }

    private static string Failed(string why) => $"rpc error: code = Unknown desc = failed to mount objects, error: {why}";

    private static JsonObject Status(
        JsonObject pod,
        string providerClass,
        string name,
        IReadOnlyList<(VaultObject Object, VaultContent Content)> contents
    ) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = pod.Namespace(),
                ["labels"] = new JsonObject { ["internal.secrets-store.csi.k8s.io/node-name"] = pod.Text("spec", "nodeName") },
                ["ownerReferences"] = new JsonArray(
                    new JsonObject
                    {
                        ["apiVersion"] = "v1",
                        ["kind"] = "Pod",
                        ["name"] = pod.Name(),
                        ["uid"] = pod.Uid(),
                    }
                ),
            },
            ["status"] = new JsonObject
            {
                ["mounted"] = true,
                ["podName"] = pod.Name(),
                ["secretProviderClassName"] = providerClass,
                ["targetPath"] = $"/var/lib/kubelet/pods/{pod.Uid()}/volumes/kubernetes.io~csi/secrets-store/mount",
                ["objects"] = Objects(contents),
            },
        };

    public static JsonArray Objects(IReadOnlyList<(VaultObject Object, VaultContent Content)> contents) =>
        new([
            .. contents
                .OrderBy(one => one.Object.Id, StringComparer.Ordinal)
                .Select(one => new JsonObject { ["id"] = one.Object.Id, ["version"] = one.Content.Version }),
        ]);
}
