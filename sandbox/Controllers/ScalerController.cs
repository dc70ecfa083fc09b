using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Apply;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// HorizontalPodAutoscalers keep their Deployments within bounds; they never scale on CPU because nothing here uses CPU time.
/// PodDisruptionBudgets report the allowed disruptions. The add-on resets a gateway's minimum that is below two (domain facts 1.3).
/// </summary>
internal sealed class ScalerController(ObjectStore store, ObjectWriter writer) : IController
{
    private const int AddOnMinimum = 2;
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
                scaler.Text("spec", "scaleTargetRef", "kind") == "Deployment"
                && store.Get(ResourceCatalog.Deployment, scaler.Namespace(), scaler.Text("spec", "scaleTargetRef", "name") ?? "")
                    is { } target
            )
            {
                Scale(scaler, target, now);
            }
        }

        foreach (var budget in store.List(ResourceCatalog.DisruptionBudget))
        {
            Count(budget);
        }

        return null;
    }

    private void Scale(JsonObject scaler, JsonObject target, DateTimeOffset now)
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
            Change(ResourceCatalog.Deployment, target, "spec", "replicas", wanted, Options with { Version = "v1" });
        }

        var since = scaler.Items("status", "conditions").FirstOrDefault().Text("lastTransitionTime") ?? ManagedFields.Timestamp(now);
        SetStatus(
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

    private void Count(JsonObject budget)
    {
        var selector = budget.Strings("spec", "selector", "matchLabels");
        var pods = store
            .List(ResourceCatalog.Pod, budget.Namespace())
            .Where(pod => selector.Matches(pod.Strings("metadata", "labels")))
            .ToArray();
        var healthy = pods.Count(PodStatus.IsReady);
        var desired = budget.At("spec", "maxUnavailable") is { } most
            ? pods.Length - Share.Of(most, pods.Length, roundUp: true)
            : Share.Of(budget.At("spec", "minAvailable"), pods.Length, roundUp: true);
        SetStatus(
            ResourceCatalog.DisruptionBudget,
            budget,
            new JsonObject
            {
                ["observedGeneration"] = budget.Number("metadata", "generation"),
                ["currentHealthy"] = healthy,
                ["desiredHealthy"] = Math.Max(0, desired),
                ["expectedPods"] = pods.Length,
                ["disruptionsAllowed"] = Math.Max(0, healthy - Math.Max(0, desired)),
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

    private void SetStatus(ResourceType type, JsonObject item, JsonObject status)
    {
        foreach (var empty in status.Where(pair => pair.Value is null).Select(pair => pair.Key).ToArray())
        {
            status.Remove(empty);
        }

        if (!JsonNode.DeepEquals(item["status"], status))
        {
            writer.Update(
                type,
                item.Namespace(),
                item.Name(),
                live =>
                {
                    live["status"] = status;
                    return live;
                },
                Options with
                {
                    Version = type.Versions[0],
                    Subresource = "status",
                }
            );
        }
    }

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
