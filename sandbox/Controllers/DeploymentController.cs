using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Apply;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Deployment to ReplicaSet to Pods. A new template replaces the old one as its pods become ready. Objects whose owner is gone are deleted.
/// </summary>
internal sealed class DeploymentController(ObjectStore store, ObjectWriter writer, EventRecorder events) : IController
{
    private const string ReplicaFailure = nameof(ReplicaFailure);
    private const string HashLabel = "pod-template-hash";
    private const int Burst = 500; // pods of a set at a time, as in the real controller
    private const int MostPods = 20_000; // per cluster: the memory is this machine's
    private const string RevisionAnnotation = "deployment.kubernetes.io/revision";
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager");
    private static readonly TimeSpan RetryTime = TimeSpan.FromSeconds(10);

    /// <summary>By uid of a ReplicaSet, the refusal of its last pod, and when it tries again.</summary>
    private readonly Dictionary<string, (string Message, DateTimeOffset Again)> _refused = [];
    private static readonly WriteOptions StatusOptions = Options with { Subresource = "status" };

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        Collect(ResourceCatalog.ReplicaSet, ResourceCatalog.Deployment);
        Collect(ResourceCatalog.Pod, ResourceCatalog.ReplicaSet);
        var setsByOwner = store.List(ResourceCatalog.ReplicaSet).ToLookup(Owner);
        foreach (var deployment in store.List(ResourceCatalog.Deployment))
        {
            Roll(deployment, [.. setsByOwner[deployment.Uid()]], now);
        }

        var alive = store.List(ResourceCatalog.ReplicaSet).Select(set => set.Uid()).ToHashSet();
        foreach (var gone in _refused.Keys.Where(uid => !alive.Contains(uid)).ToArray())
        {
            _refused.Remove(gone);
        }

        var podsByOwner = store.List(ResourceCatalog.Pod).ToLookup(Owner);
        foreach (var set in store.List(ResourceCatalog.ReplicaSet))
        {
            Fill(set, [.. podsByOwner[set.Uid()]], now);
        }

        setsByOwner = store.List(ResourceCatalog.ReplicaSet).ToLookup(Owner);
        foreach (var deployment in store.List(ResourceCatalog.Deployment))
        {
            Report(deployment, [.. setsByOwner[deployment.Uid()]], now);
        }

        return _refused.Count == 0 ? null : _refused.Values.Min(refusal => refusal.Again);
    }

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

    private void Fill(JsonObject set, JsonObject[] pods, DateTimeOffset now)
    {
        var wanted = (int)(set.Number("spec", "replicas") ?? 1);
        var isRefused = _refused.TryGetValue(set.Uid(), out var last) && now < last.Again && wanted > pods.Length;
        if (!isRefused)
        {
            _refused.Remove(set.Uid());
        }

        var room =
            isRefused ? 0
            : wanted > pods.Length ? MostPods - store.List(ResourceCatalog.Pod).Count
            : 0;
        for (var count = pods.Length; count < Math.Min(wanted, pods.Length + Math.Min(room, Burst)); count++)
        {
            var pod = new JsonObject
            {
                ["metadata"] = set.At("spec", "template", "metadata")?.DeepClone() ?? new JsonObject(),
                ["spec"] = set.At("spec", "template", "spec")?.DeepClone(),
            };
            var metadata = pod.Child("metadata");
            metadata["generateName"] = $"{set.Name()}-";
            metadata["namespace"] = set.Namespace();
            metadata["ownerReferences"] = OwnedBy(ResourceCatalog.ReplicaSet, set);
            try
            {
                var made = writer.Create(ResourceCatalog.Pod, pod, Options).Object;
                events.Normal(
                    ResourceCatalog.ReplicaSet,
                    set,
                    "replicaset-controller",
                    "SuccessfulCreate",
                    $"Created pod: {made.Name()}",
                    now
                );
            }
            catch (KubeError refusal)
            {
                _refused[set.Uid()] = (refusal.Message, now + RetryTime);
                events.Warning(
                    ResourceCatalog.ReplicaSet,
                    set,
                    "replicaset-controller",
                    "FailedCreate",
                    $"Error creating: {refusal.Message}",
                    now
                );
                break;
            }
        }

        // Pods that are not ready are removed first.
        foreach (var surplus in pods.OrderBy(PodStatus.IsReady).Take(Math.Max(0, pods.Length - wanted)))
        {
            writer.Delete(ResourceCatalog.Pod, surplus.Namespace(), surplus.Name());
            events.Normal(
                ResourceCatalog.ReplicaSet,
                set,
                "replicaset-controller",
                "SuccessfulDelete",
                $"Deleted pod: {surplus.Name()}",
                now
            );
        }

        var ready = pods.Count(PodStatus.IsReady);
        var status = new JsonObject
        {
            ["replicas"] = Math.Min(pods.Length, wanted),
            ["readyReplicas"] = Math.Min(ready, wanted),
            ["availableReplicas"] = Math.Min(ready, wanted),
            ["observedGeneration"] = set.Number("metadata", "generation"),
        };
        if (_refused.TryGetValue(set.Uid(), out var refused))
        {
            status["conditions"] = new JsonArray(Condition(set, ReplicaFailure, true, "FailedCreate", refused.Message, now));
        }

        SetStatus(ResourceCatalog.ReplicaSet, set, status);
    }

    private void Report(JsonObject deployment, JsonObject[] sets, DateTimeOffset now)
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

        var conditions = new JsonArray(
            Condition(
                deployment,
                "Available",
                ready >= wanted,
                ready >= wanted ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                ready >= wanted ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                now
            ),
            Condition(
                deployment,
                "Progressing",
                true,
                complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                complete
                    ? $"ReplicaSet \"{current?.Name()}\" has successfully progressed."
                    : $"ReplicaSet \"{current?.Name()}\" is progressing.",
                now
            )
        );
        if (sets.SelectMany(set => set.Items("status", "conditions")).FirstOrDefault(IsFailure) is { } failure)
        {
            conditions.Add(failure.DeepClone());
        }

        status["conditions"] = conditions;
        SetStatus(ResourceCatalog.Deployment, deployment, status);
    }

    private static bool IsFailure(JsonNode condition) => condition.Text("type") == ReplicaFailure;

    private static JsonObject Condition(JsonObject deployment, string type, bool holds, string reason, string message, DateTimeOffset now)
    {
        var known = deployment.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);
        var same = known.Text("status") == (holds ? "True" : "False") && known.Text("reason") == reason;
        var at = same ? known.Text("lastUpdateTime") : ManagedFields.Timestamp(now);
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

    private void SetStatus(ResourceType type, JsonObject body, JsonObject status)
    {
        if (JsonNode.DeepEquals(body["status"], status))
        {
            return;
        }

        writer.Update(
            type,
            body.Namespace(),
            body.Name(),
            live =>
            {
                live["status"] = status;
                return live;
            },
            StatusOptions
        );
    }

    /// <summary>Deletes objects whose owner of the given kind no longer exists.</summary>
    private void Collect(ResourceType type, ResourceType owners)
    {
        var alive = store.List(owners).Select(owner => owner.Uid()).ToHashSet();
        foreach (var orphan in store.List(type).Where(item => Owner(item) is { } owner && !alive.Contains(owner)).ToArray())
        {
            writer.Delete(type, orphan.Namespace(), orphan.Name());
        }
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
                ["ownerReferences"] = OwnedBy(ResourceCatalog.Deployment, deployment),
            },
            ["spec"] = spec,
        };
    }

    private static JsonArray OwnedBy(ResourceType type, JsonObject owner) =>
        [
            new JsonObject
            {
                ["apiVersion"] = type.StoredApiVersion,
                ["kind"] = type.Kind,
                ["name"] = owner.Name(),
                ["uid"] = owner.Uid(),
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            },
        ];

    private static string? Owner(JsonObject body) =>
        body.Items("metadata", "ownerReferences").FirstOrDefault(owner => owner.Flag("controller") == true).Text("uid");

    private static string Hash(JsonNode? template) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template?.ToJsonString() ?? "")))[..10];
}
