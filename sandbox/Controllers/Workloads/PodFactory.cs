using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>Creates and deletes the pods of workloads, with their Events. After a refusal it waits before the next attempt.</summary>
internal sealed class PodFactory(ObjectStore store, ObjectWriter writer, EventRecorder events)
{
    private const int MostPods = 20_000; // per cluster: the memory is this machine's
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(10);

    /// <summary>By uid of the owner, the refusal of its last pod, and when it tries again.</summary>
    private readonly Dictionary<string, (string Message, DateTimeOffset Again)> _refused = [];

    /// <summary>When the first refused owner tries again.</summary>
    public DateTimeOffset? Due => _refused.Count == 0 ? null : _refused.Values.Min(refusal => refusal.Again);

    public string? Refusal(JsonObject owner) => _refused.TryGetValue(owner.Uid(), out var refused) ? refused.Message : null;

    /// <summary>The number of pods that may be created now.</summary>
    public int Room(JsonObject owner, DateTimeOffset now)
    {
        if (_refused.TryGetValue(owner.Uid(), out var last) && now < last.Again)
        {
            return 0;
        }

        _refused.Remove(owner.Uid());
        return MostPods - store.Count(ResourceCatalog.Pod);
    }

    /// <summary>Forgets the refusals of an owner that needs no more pods.</summary>
    public void Forget(string owner) => _refused.Remove(owner);

    /// <param name="source">The controller, for example <c>replicaset-controller</c>.</param>
    /// <param name="adjust">Gives the pod its name and what its owner adds to the template.</param>
    /// <returns>False when the pod was refused.</returns>
    public bool Create(
        ResourceType type,
        JsonObject owner,
        JsonNode? template,
        string source,
        Action<JsonObject> adjust,
        DateTimeOffset now
    )
    {
        var pod = new JsonObject
        {
            ["metadata"] = template.At("metadata")?.DeepClone() ?? new JsonObject(),
            ["spec"] = template.At("spec")?.DeepClone(),
        };
        var metadata = pod.Child("metadata");
        metadata["namespace"] = owner.Namespace();
        metadata["ownerReferences"] = Owned.By(type, owner);
        adjust(pod);
        try
        {
            var made = writer.Create(ResourceCatalog.Pod, pod, Options(source)).Object;
            events.Normal(type, owner, source, "SuccessfulCreate", Created(type, owner, made), now);
            return true;
        }
        catch (KubeError refusal)
        {
            Refuse(type, owner, source, refusal.Message, Failed(type, owner, metadata, refusal), now);
            return false;
        }
    }

    /// <param name="message">The refusal of a pod, or of something that it needs.</param>
    public void Refuse(ResourceType type, JsonObject owner, string source, string message, string text, DateTimeOffset now)
    {
        _refused[owner.Uid()] = (message, now + RetryTime);
        events.Warning(type, owner, source, "FailedCreate", text, now);
    }

    public void Delete(ResourceType type, JsonObject owner, JsonObject pod, string source, DateTimeOffset now)
    {
        writer.Delete(ResourceCatalog.Pod, pod.Namespace(), pod.Name());
        events.Normal(
            type,
            owner,
            source,
            "SuccessfulDelete",
            type == ResourceCatalog.StatefulSet
                ? $"delete Pod {pod.Name()} in StatefulSet {owner.Name()} successful"
                : $"Deleted pod: {pod.Name()}",
            now
        );
    }

    /// <summary>The options of a controller's write that passes admission like a client's.</summary>
    public static WriteOptions Options(string source) =>
        new("v1", "kube-controller-manager")
        {
            Caller = new KubeIdentity(
                $"system:serviceaccount:kube-system:{source}",
                ["system:serviceaccounts", "system:serviceaccounts:kube-system", KubeIdentity.Authenticated]
            ),
        };

    private static string Created(ResourceType type, JsonObject owner, JsonObject pod) =>
        type == ResourceCatalog.StatefulSet
            ? $"create Pod {pod.Name()} in StatefulSet {owner.Name()} successful"
            : $"Created pod: {pod.Name()}";

    private static string Failed(ResourceType type, JsonObject owner, JsonObject metadata, KubeError refusal) =>
        type == ResourceCatalog.StatefulSet
            ? $"create Pod {metadata.Text("name")} in StatefulSet {owner.Name()} failed error: {refusal.Message}"
            : $"Error creating: {refusal.Message}";
}
