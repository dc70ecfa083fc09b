using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Numbered pods with claims of their own (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/). Pods start, stop and
/// change one after the other, except with the policy <c>Parallel</c>.
/// </summary>
internal sealed class StatefulSetController(ObjectStore store, ObjectWriter writer, PodFactory pods, Revisions revisions) : IController
{
    private const string Source = "statefulset-controller";

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var sets = store.List(ResourceCatalog.StatefulSet);
        if (sets.Count == 0)
        {
            return null;
        }

        var owned = store.List(ResourceCatalog.Pod).ToLookup(Owned.Owner);
        foreach (var set in sets)
        {
            Run(set, owned[set.Uid()].OrderBy(Ordinal).ToList(), now);
        }

        return pods.Due;
    }

    private void Run(JsonObject set, List<JsonObject> mine, DateTimeOffset now)
    {
        var hash = revisions.Keep(ResourceCatalog.StatefulSet, set);
        var first = set.Number("spec", "ordinals", "start") ?? 0;
        var wanted = set.Number("spec", "replicas") ?? 1;
        var parallel = set.Text("spec", "podManagementPolicy") == "Parallel";
        var current = set.Text("status", "currentRevision") ?? $"{set.Name()}-{hash}";
        var partition = first + (set.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0);
        foreach (var ordinal in Enumerable.Range((int)first, (int)wanted))
        {
            if (mine.Find(pod => Ordinal(pod) == ordinal) is { } known)
            {
                if (!parallel && !PodStatus.IsReady(known))
                {
                    break;
                }
            }
            else if (pods.Room(set, now) <= 0 || !Start(set, ordinal, hash, now) || !parallel)
            {
                break;
            }
        }

        JsonObject[] surplus = [.. mine.Where(pod => Ordinal(pod) < first || Ordinal(pod) >= first + wanted).Reverse()];
        foreach (var pod in surplus.Take(parallel ? surplus.Length : 1))
        {
            pods.Delete(ResourceCatalog.StatefulSet, set, pod, Source, now);
        }

        mine.RemoveAll(surplus.Contains);
        if (set.Text("spec", "updateStrategy", "type") != "OnDelete" && mine.Count == wanted && surplus.Length == 0)
        {
            Replace(set, mine, partition, hash, now);
        }

        Report(set, mine, hash, current);
    }

    /// <summary>Replaces the last pod of an older revision when all pods after it are ready.</summary>
    private void Replace(JsonObject set, List<JsonObject> mine, long partition, string hash, DateTimeOffset now)
    {
        foreach (var pod in Enumerable.Reverse(mine).Where(pod => Ordinal(pod) >= partition))
        {
            if (!IsNew(pod, hash))
            {
                pods.Delete(ResourceCatalog.StatefulSet, set, pod, Source, now);
                mine.Remove(pod);
                return;
            }

            if (!PodStatus.IsReady(pod))
            {
                return;
            }
        }
    }

    private void Report(JsonObject set, List<JsonObject> mine, string hash, string current)
    {
        var ready = mine.Count(PodStatus.IsReady);
        var updated = mine.Count(pod => IsNew(pod, hash));
        var update = $"{set.Name()}-{hash}";
        var done = updated == mine.Count && ready == mine.Count && mine.Count == (set.Number("spec", "replicas") ?? 1);
        var currentHash = (done ? update : current)[(set.Name().Length + 1)..];
        writer.SetStatus(
            ResourceCatalog.StatefulSet,
            set,
            new JsonObject
            {
                ["observedGeneration"] = set.Number("metadata", "generation"),
                ["replicas"] = mine.Count,
                ["readyReplicas"] = ready > 0 ? ready : null,
                ["currentReplicas"] = mine.Count(pod => IsNew(pod, currentHash)) is > 0 and var count ? count : null,
                ["updatedReplicas"] = updated > 0 ? updated : null,
                ["currentRevision"] = done ? update : current,
                ["updateRevision"] = update,
                ["collisionCount"] = 0,
                ["availableReplicas"] = ready,
            }
        );
        if (done)
        {
            pods.Forget(set.Uid());
        }
    }

    private bool Start(JsonObject set, int ordinal, string hash, DateTimeOffset now)
    {
        var name = $"{set.Name()}-{ordinal}";
        foreach (var template in set.Items("spec", "volumeClaimTemplates"))
        {
            var claim = $"{template.Text("metadata", "name")}-{name}";
            try
            {
                Claim(set, template, claim);
            }
            catch (KubeError refusal)
            {
                var text = $"create Claim {claim} for Pod {name} in StatefulSet {set.Name()} failed error: {refusal.Message}";
                pods.Refuse(ResourceCatalog.StatefulSet, set, Source, refusal.Message, text, now);
                return false;
            }
        }

        return pods.Create(
            ResourceCatalog.StatefulSet,
            set,
            set.At("spec", "template"),
            Source,
            pod => Number(set, pod, name, ordinal, hash),
            now
        );
    }

    private void Claim(JsonObject set, JsonNode template, string name)
    {
        if (store.Get(ResourceCatalog.Claim, set.Namespace(), name) is not null)
        {
            return; // a claim outlives its pod
        }

        var labels = template.At("metadata", "labels")?.DeepClone() as JsonObject ?? [];
        foreach (var (label, value) in set.Strings("spec", "selector", "matchLabels"))
        {
            labels[label] = value;
        }

        writer.Create(
            ResourceCatalog.Claim,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = set.Namespace(),
                    ["labels"] = labels,
                    ["annotations"] = template.At("metadata", "annotations")?.DeepClone(),
                },
                ["spec"] = template.At("spec")?.DeepClone(),
            },
            PodFactory.Options(Source)
        );
    }

    private static void Number(JsonObject set, JsonObject pod, string name, int ordinal, string hash)
    {
        var metadata = pod.Child("metadata");
        metadata["name"] = name;
        var labels = metadata.Child("labels");
        labels[Revisions.Label] = hash;
        labels["statefulset.kubernetes.io/pod-name"] = name;
        labels["apps.kubernetes.io/pod-index"] = ordinal.ToString(CultureInfo.InvariantCulture);
        var spec = pod.Child("spec");
        spec["hostname"] = name;
        if (set.Text("spec", "serviceName") is { Length: > 0 } service)
        {
            spec["subdomain"] = service;
        }

        var claims = set.Items("spec", "volumeClaimTemplates").Select(template => template.Text("metadata", "name")).ToArray();
        if (claims.Length > 0)
        {
            spec["volumes"] = new JsonArray([
                .. spec.Items("volumes").Where(volume => !claims.Contains(volume.Text("name"))).Select(volume => volume.DeepClone()),
                .. claims.Select(claim => new JsonObject
                {
                    ["name"] = claim,
                    ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{claim}-{name}" },
                }),
            ]);
        }
    }

    private static long Ordinal(JsonObject pod) =>
        long.TryParse(pod.Name()[(pod.Name().LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;

    private static bool IsNew(JsonObject pod, string hash) => pod.Strings("metadata", "labels").GetValueOrDefault(Revisions.Label) == hash;
}
