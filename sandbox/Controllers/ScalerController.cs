using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// HorizontalPodAutoscalers keep their workloads within bounds; they never scale on CPU because nothing here uses CPU time.
/// PodDisruptionBudgets report the allowed disruptions. The add-on resets a gateway's minimum that is below two (domain facts 1.3).
/// </summary>
internal sealed class ScalerController(ObjectStore store, ObjectWriter writer) : IController
{
    private const int AddOnMinimum = 2;
    private static readonly ResourceType[] Scalable = [ResourceCatalog.Deployment, ResourceCatalog.ReplicaSet, ResourceCatalog.StatefulSet];
    private static readonly WriteOptions Options = new("v2", "kube-controller-manager");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var scaler in store.List(ResourceCatalog.Scaler))
        {
            if (
                scaler.Namespace() is MeshObjects.IngressNamespace or MeshObjects.SystemNamespace
                && scaler.Number("spec", "minReplicas") < AddOnMinimum
            )
            {
                Change(ResourceCatalog.Scaler, scaler, "spec", "minReplicas", AddOnMinimum, Options with { Manager = MeshObjects.Manager });
            }
            else if (
                Array.Find(Scalable, type => type.Kind == scaler.Text("spec", "scaleTargetRef", "kind")) is { } scaled
                && store.Get(scaled, scaler.Namespace(), scaler.Text("spec", "scaleTargetRef", "name") ?? "") is { } target
            )
            {
                Scale(scaler, scaled, target, now);
            }
        }

        foreach (var budget in store.List(ResourceCatalog.DisruptionBudget))
        {
            Count(budget, now);
        }

        return null;
    }

    private void Scale(JsonObject scaler, ResourceType type, JsonObject target, DateTimeOffset now)
    {
        var replicas = target.Number("spec", "replicas") ?? 1;
        var wanted =
            replicas == 0
                ? 0
                : Math.Clamp(
                    replicas,
                    scaler.Number("spec", "minReplicas") ?? 1,
                    Math.Max(scaler.Number("spec", "maxReplicas") ?? 1, scaler.Number("spec", "minReplicas") ?? 1)
                );
        if (wanted != replicas)
        {
            Change(type, target, "spec", "replicas", wanted, Options with { Version = "v1" });
        }

        var since = scaler.Items("status", "conditions").FirstOrDefault().Text("lastTransitionTime") ?? writer.Times.At(now);
        writer.SetStatus(
            ResourceCatalog.Scaler,
            scaler,
            new JsonObject
            {
                ["currentReplicas"] = target.Number("status", "replicas") ?? 0,
                ["desiredReplicas"] = wanted,
                ["currentMetrics"] = null,
                ["conditions"] = new JsonArray(
                    replicas == 0
                        ? Condition(
                            "ScalingActive",
                            false,
                            "ScalingDisabled",
                            "scaling is disabled since the replica count of the target is zero",
                            since
                        )
                        : Condition(
                            "AbleToScale",
                            true,
                            "SucceededGetScale",
                            "the HPA controller was able to get the target's current scale",
                            since
                        )
                ),
            }
        );
    }

    private static JsonObject Dated(JsonObject budget, JsonObject condition)
    {
        condition["observedGeneration"] = budget.Number("metadata", "generation");
        return condition;
    }

    private void Count(JsonObject budget, DateTimeOffset now)
    {
        var selector = budget.At("spec", "selector");
        var pods = store
            .List(ResourceCatalog.Pod, budget.Namespace())
            .Where(pod => PodStatus.IsActive(pod) && LabelSelector.Matches(selector, pod.Strings("metadata", "labels")))
            .ToArray();
        var healthy = pods.Count(PodStatus.IsReady);
        var desired = budget.At("spec", "maxUnavailable") is { } most
            ? pods.Length - Share.Of(most, pods.Length, roundUp: true)
            : Share.Of(budget.At("spec", "minAvailable"), pods.Length, roundUp: true);
        var allowed = pods.Length == 0 ? 0 : Math.Max(0, healthy - Math.Max(0, desired));
        writer.SetStatus(
            ResourceCatalog.DisruptionBudget,
            budget,
            new JsonObject
            {
                ["observedGeneration"] = budget.Number("metadata", "generation"),
                ["currentHealthy"] = healthy,
                ["desiredHealthy"] = Math.Max(0, desired),
                ["expectedPods"] = pods.Length,
                ["disruptionsAllowed"] = allowed,
                ["conditions"] = new JsonArray(
                    Dated(
                        budget,
                        writer.Condition(
                            budget,
                            "DisruptionAllowed",
                            allowed > 0,
                            allowed > 0 ? "SufficientPods" : "InsufficientPods",
                            "",
                            now
                        )
                    )
                ),
            }
        );
    }

    private void Change(ResourceType type, JsonObject item, string section, string field, long value, WriteOptions options) =>
        writer.Update(
            type,
            item.Namespace(),
            item.Name(),
            live =>
            {
                live.Child(section)[field] = value;
                return live;
            },
            options
        );

    private static JsonObject Condition(string type, bool holds, string reason, string message, string since) =>
        new()
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["reason"] = reason,
            ["message"] = message,
            ["lastTransitionTime"] = since,
        };
}
