using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Deployment to ReplicaSet to Pods. A new template replaces the old one as its pods become ready. Objects whose owner is gone are deleted.
/// </summary>
internal sealed class DeploymentController(ObjectStore store, ObjectWriter writer, EventRecorder events, PodFactory pods) : IController
{
    private const string ReplicaFailure = nameof(ReplicaFailure);
    private const string HashLabel = "pod-template-hash";
    private const int Burst = 500; // pods of a set at a time, as in the real controller
    private const string Source = "replicaset-controller";
    private const string RevisionAnnotation = "deployment.kubernetes.io/revision";
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager");
    private static readonly string[] Counts = ["replicas", "updatedReplicas", "readyReplicas"];

    /// <summary>By uid of an incomplete Deployment, its replica counts and since when it has them.</summary>
    private readonly Dictionary<string, (string Counts, DateTimeOffset Since)> _progress = [];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var setsByOwner = store.List(ResourceCatalog.ReplicaSet).ToLookup(Owned.Owner);
        foreach (var deployment in store.List(ResourceCatalog.Deployment))
        {
            Roll(deployment, [.. setsByOwner[deployment.Uid()]], now);
        }

        var podsByOwner = store.List(ResourceCatalog.Pod).ToLookup(Owned.Owner);
        foreach (var set in store.List(ResourceCatalog.ReplicaSet))
        {
            Fill(set, [.. podsByOwner[set.Uid()]], now);
        }

        DateTimeOffset? due = pods.Due;
        setsByOwner = store.List(ResourceCatalog.ReplicaSet).ToLookup(Owned.Owner);
        foreach (var deployment in store.List(ResourceCatalog.Deployment))
        {
            due = Earlier(due, Report(deployment, [.. setsByOwner[deployment.Uid()]], now));
        }

        return due;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    private void Roll(JsonObject deployment, JsonObject[] sets, DateTimeOffset now)
    {
        var current = Current(deployment, sets);
        if (deployment.Flag("spec", "paused") == true)
        {
            return;
        }

        current ??= writer
            .Create(ResourceCatalog.ReplicaSet, NewSet(deployment, Hash(deployment.At("spec", "template")), 0), Options)
            .Object;
        JsonObject[] old = [.. sets.Where(set => set.Name() != current.Name())];
        Number(deployment, current, old);
        foreach (var (set, replicas) in RollingUpdate.Plan(deployment, current, old).ToArray())
        {
            Scale(deployment, set, replicas, now);
        }
    }

    /// <summary>
    /// The current template has the highest revision, even after a rollback to an older one (<c>kubectl rollout history</c> and
    /// <c>undo</c>).
    /// </summary>
    private void Number(JsonObject deployment, JsonObject current, JsonObject[] old)
    {
        var revision = Math.Max(Revision(current), old.Select(Revision).DefaultIfEmpty(0).Max() + 1);
        Annotate(ResourceCatalog.ReplicaSet, current, revision);
        Annotate(ResourceCatalog.Deployment, deployment, revision);
    }

    private void Annotate(ResourceType type, JsonObject body, long revision)
    {
        if (Revision(body) == revision)
        {
            return;
        }

        writer.Update(
            type,
            body.Namespace(),
            body.Name(),
            live =>
            {
                live.Child("metadata").Child("annotations")[RevisionAnnotation] = revision.ToString(CultureInfo.InvariantCulture);
                return live;
            },
            Options
        );
    }

    private static long Revision(JsonObject body) =>
        long.TryParse(
            body.Text("metadata", "annotations", RevisionAnnotation),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var revision
        )
            ? revision
            : 0;

    /// <summary>The ReplicaSet that has the Deployment's template, in any order of fields.</summary>
    private static JsonObject? Current(JsonObject deployment, JsonObject[] sets)
    {
        var name = $"{deployment.Name()}-{Hash(deployment.At("spec", "template"))}";
        return Array.Find(sets, set => set.Name() == name)
            ?? Array.Find(sets, set => JsonNode.DeepEquals(Bare(set), deployment.At("spec", "template")));

        static JsonNode? Bare(JsonObject set)
        {
            var template = set.At("spec", "template")?.DeepClone();
            (template.At("metadata", "labels") as JsonObject)?.Remove(HashLabel);
            return template;
        }
    }

    private void Scale(JsonObject deployment, JsonObject set, long replicas, DateTimeOffset now)
    {
        var before = set.Number("spec", "replicas") ?? 1;
        if (before == replicas)
        {
            return;
        }

        events.Normal(
            ResourceCatalog.Deployment,
            deployment,
            "deployment-controller",
            "ScalingReplicaSet",
            $"Scaled {(before < replicas ? "up" : "down")} replica set {set.Name()} from {before} to {replicas}",
            now
        );

        writer.Update(
            ResourceCatalog.ReplicaSet,
            set.Namespace(),
            set.Name(),
            body =>
            {
                body.Child("spec")["replicas"] = replicas;
                return body;
            },
            Options
        );
    }

    private void Fill(JsonObject set, JsonObject[] mine, DateTimeOffset now)
    {
        var wanted = (int)(set.Number("spec", "replicas") ?? 1);
        if (mine.Length >= wanted)
        {
            pods.Forget(set.Uid());
        }
        else
        {
            var room = Math.Min(pods.Room(set, now), Burst);
            for (var count = Math.Min(wanted - mine.Length, room); count > 0; count--)
            {
                if (
                    !pods.Create(
                        ResourceCatalog.ReplicaSet,
                        set,
                        set.At("spec", "template"),
                        Source,
                        pod => pod.Child("metadata")["generateName"] = $"{set.Name()}-",
                        now
                    )
                )
                {
                    break;
                }
            }
        }

        // Pods that are not ready are removed first.
        foreach (var surplus in mine.OrderBy(PodStatus.IsReady).Take(Math.Max(0, mine.Length - wanted)))
        {
            pods.Delete(ResourceCatalog.ReplicaSet, set, surplus, Source, now);
        }

        var ready = mine.Count(PodStatus.IsReady);
        var status = new JsonObject
        {
            ["replicas"] = Math.Min(mine.Length, wanted),
            ["fullyLabeledReplicas"] = Math.Min(mine.Length, wanted),
            ["readyReplicas"] = Math.Min(ready, wanted),
            ["availableReplicas"] = Math.Min(ready, wanted),
            ["observedGeneration"] = set.Number("metadata", "generation"),
        };
        if (pods.Refusal(set) is { } refusal)
        {
            status["conditions"] = new JsonArray(writer.Condition(set, ReplicaFailure, true, "FailedCreate", refusal, now));
        }

        writer.SetStatus(ResourceCatalog.ReplicaSet, set, status);
    }

    /// <returns>When the deadline for progress passes, if it matters.</returns>
    private DateTimeOffset? Report(JsonObject deployment, JsonObject[] sets, DateTimeOffset now)
    {
        var wanted = deployment.Number("spec", "replicas") ?? 1;
        var current = Current(deployment, sets);
        var ready = sets.Sum(set => set.Number("status", "readyReplicas") ?? 0);
        var complete = ready >= wanted && (current.Number("status", "readyReplicas") ?? 0) >= wanted;
        var status = new JsonObject
        {
            ["observedGeneration"] = deployment.Number("metadata", "generation"),
            ["replicas"] = sets.Sum(set => set.Number("status", "replicas") ?? 0),
            ["updatedReplicas"] = current.Number("status", "replicas") ?? 0,
            ["readyReplicas"] = ready,
            ["availableReplicas"] = ready,
        };
        if (ready < wanted)
        {
            status["unavailableReplicas"] = wanted - ready;
        }

        var deadline = Deadline(deployment, status, complete, now);
        var conditions = new JsonArray(
            Condition(
                deployment,
                "Available",
                ready >= wanted,
                ready >= wanted ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                ready >= wanted ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                now
            ),
            Progress(deployment, current, complete, late: deadline <= now, now)
        );
        if (sets.SelectMany(set => set.Items("status", "conditions")).FirstOrDefault(IsFailure) is { } failure)
        {
            conditions.Add(failure.DeepClone());
        }

        status["conditions"] = conditions;
        writer.SetStatus(ResourceCatalog.Deployment, deployment, status);
        return deadline > now ? deadline : null;
    }

    /// <summary>
    /// When <c>progressDeadlineSeconds</c> pass after the last change of the replica counts. Null for a complete or paused Deployment.
    /// </summary>
    private DateTimeOffset? Deadline(JsonObject deployment, JsonObject status, bool complete, DateTimeOffset now)
    {
        if (complete || deployment.Flag("spec", "paused") == true)
        {
            _progress.Remove(deployment.Uid());
            return null;
        }

        var counts = $"{deployment.Number("metadata", "generation")} {string.Join(' ', Counts.Select(name => status.Number(name)))}";
        var since = _progress.TryGetValue(deployment.Uid(), out var last) && last.Counts == counts ? last.Since : now;
        _progress[deployment.Uid()] = (counts, since);
        return since + TimeSpan.FromSeconds(deployment.Number("spec", "progressDeadlineSeconds") ?? 600);
    }

    private JsonObject Progress(JsonObject deployment, JsonObject? current, bool complete, bool late, DateTimeOffset now)
    {
        var set = $"ReplicaSet \"{current?.Name()}\"";
        var (reason, message) =
            complete ? ("NewReplicaSetAvailable", $"{set} has successfully progressed.")
            : late ? ("ProgressDeadlineExceeded", $"{set} has timed out progressing.")
            : ("ReplicaSetUpdated", $"{set} is progressing.");
        return Condition(deployment, "Progressing", complete || !late, reason, message, now);
    }

    private static bool IsFailure(JsonNode condition) => condition.Text("type") == ReplicaFailure;

    private JsonObject Condition(JsonObject deployment, string type, bool holds, string reason, string message, DateTimeOffset now)
    {
        var known = deployment.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);
        var same = known.Text("status") == (holds ? "True" : "False") && known.Text("reason") == reason;
        var at = same ? known.Text("lastUpdateTime") : writer.Times.At(now);
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["reason"] = reason,
            ["message"] = message,
            ["lastUpdateTime"] = at,
            ["lastTransitionTime"] = at,
        };
    }

    private static JsonObject NewSet(JsonObject deployment, string hash, long replicas)
    {
        var spec = new JsonObject
        {
            ["replicas"] = replicas,
            ["selector"] = deployment.At("spec", "selector")?.DeepClone(),
            ["template"] = deployment.At("spec", "template")?.DeepClone(),
        };
        spec.Child("template").Child("metadata").Child("labels")[HashLabel] = hash;
        spec.Child("selector").Child("matchLabels")[HashLabel] = hash;
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name()}-{hash}",
                ["namespace"] = deployment.Namespace(),
                ["labels"] = spec.Child("template").Child("metadata").Child("labels").DeepClone(),
                ["ownerReferences"] = Owned.By(ResourceCatalog.Deployment, deployment),
            },
            ["spec"] = spec,
        };
    }

    private static string Hash(JsonNode? template) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template?.ToJsonString() ?? "")))[..10];
}
