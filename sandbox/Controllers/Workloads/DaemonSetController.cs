using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// One pod on each node that the node selector matches, cordoned ones included. A new template replaces at most
/// <c>maxUnavailable</c> pods at a time.
/// </summary>
internal sealed class DaemonSetController(ObjectStore store, ObjectWriter writer, PodFactory pods, Revisions revisions) : IController
{
    private const string Source = "daemonset-controller";
    private static readonly string[] Evicting = ["not-ready", "unreachable"];
    private static readonly string[] Pressures = ["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var sets = store.List(ResourceCatalog.DaemonSet);
        if (sets.Count == 0)
        {
            return null;
        }

        var nodes = store.List(ResourceCatalog.Node);
        var owned = store.List(ResourceCatalog.Pod).ToLookup(Owned.Owner);
        foreach (var set in sets)
        {
            Fill(set, nodes, [.. owned[set.Uid()]], now);
        }

        return pods.Due;
    }

    private void Fill(JsonObject set, IReadOnlyList<JsonObject> nodes, JsonObject[] mine, DateTimeOffset now)
    {
        var hash = revisions.Keep(ResourceCatalog.DaemonSet, set);
        var selector = set.Strings("spec", "template", "spec", "nodeSelector");
        var wanted = nodes
            .Where(node => selector.Count == 0 || selector.Matches(node.Strings("metadata", "labels")))
            .Select(node => node.Name())
            .ToHashSet();
        var byNode = mine.Where(pod => PodPlacement.AssignedNode(pod) is { } node && wanted.Contains(node))
            .ToLookup(pod => PodPlacement.AssignedNode(pod)!); // filtered
        foreach (var surplus in mine.Where(pod => PodPlacement.AssignedNode(pod) is not { } node || !wanted.Contains(node)))
        {
            pods.Delete(ResourceCatalog.DaemonSet, set, surplus, Source, now);
        }

        foreach (var node in wanted.Where(node => !byNode.Contains(node)).Take(pods.Room(set, now)).ToArray())
        {
            if (!pods.Create(ResourceCatalog.DaemonSet, set, set.At("spec", "template"), Source, pod => OnNode(set, pod, node, hash), now))
            {
                break;
            }
        }

        JsonObject[] placed = [.. byNode.Select(group => group.First())];
        Replace(set, placed, wanted.Count, hash, now);
        var ready = placed.Count(PodStatus.IsReady);
        writer.SetStatus(
            ResourceCatalog.DaemonSet,
            set,
            new JsonObject
            {
                ["currentNumberScheduled"] = placed.Length,
                ["numberMisscheduled"] = 0,
                ["desiredNumberScheduled"] = wanted.Count,
                ["numberReady"] = ready,
                ["observedGeneration"] = set.Number("metadata", "generation"),
                ["updatedNumberScheduled"] = placed.Count(pod => IsNew(pod, hash)),
                ["numberAvailable"] = ready,
                ["numberUnavailable"] = wanted.Count > ready ? wanted.Count - ready : null,
            }
        );
    }

    private void Replace(JsonObject set, JsonObject[] placed, int wanted, string hash, DateTimeOffset now)
    {
        if (set.Text("spec", "updateStrategy", "type") == "OnDelete")
        {
            return;
        }

        var most = Math.Max(1, Share.Of(set.At("spec", "updateStrategy", "rollingUpdate", "maxUnavailable") ?? 1, wanted, roundUp: true));
        var spare = most - (wanted - placed.Count(PodStatus.IsReady));
        foreach (var old in placed.Where(pod => !IsNew(pod, hash)).OrderBy(PodStatus.IsReady))
        {
            if (PodStatus.IsReady(old) && spare-- <= 0)
            {
                break;
            }

            pods.Delete(ResourceCatalog.DaemonSet, set, old, Source, now);
        }
    }

    private static bool IsNew(JsonObject pod, string hash) => pod.Strings("metadata", "labels").GetValueOrDefault(Revisions.Label) == hash;

    private static void OnNode(JsonObject set, JsonObject pod, string node, string hash)
    {
        var metadata = pod.Child("metadata");
        metadata["generateName"] = $"{set.Name()}-";
        metadata.Child("labels")[Revisions.Label] = hash;
        metadata.Child("labels")["pod-template-generation"] = $"{set.Number("metadata", "generation")}";
        var spec = pod.Child("spec");
        spec.Child("affinity").Child("nodeAffinity")["requiredDuringSchedulingIgnoredDuringExecution"] = PodPlacement.OnNode(node);
        var tolerations = spec["tolerations"] as JsonArray ?? [];
        spec["tolerations"] = new JsonArray([
            .. tolerations.Select(toleration => toleration?.DeepClone()),
            .. Evicting.Select(taint => Toleration(taint, "NoExecute")),
            .. Pressures.Select(taint => Toleration(taint, "NoSchedule")),
        ]);
    }

    private static JsonObject Toleration(string taint, string effect) =>
        new()
        {
            ["key"] = $"node.kubernetes.io/{taint}",
            ["operator"] = "Exists",
            ["effect"] = effect,
        };
}
