using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// The subresource <c>pods/eviction</c> (<c>kubectl drain</c>): deletes a pod if its PodDisruptionBudget allows it (kubernetes/kubernetes,
/// pkg/registry/core/pod/storage/eviction.go).
/// </summary>
internal sealed class Evictions(ObjectStore store, ObjectWriter writer)
{
    private const int RetryAfter = 10; // while the budget was not counted yet
    private const string Refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
    private static readonly WriteOptions Options = new("v1", "kube-apiserver", "status");

    public JsonObject Answer(HttpRequest http, KubeRequest request, KubeIdentity identity, JsonObject eviction)
    {
        if (eviction.Text("kind") is { } kind and not "Eviction")
        {
            throw KubeError.BadRequest($"not a Eviction object: {kind}");
        }

        if (eviction.Name() != request.Name)
        {
            throw KubeError.BadRequest("name in URL does not match name in Eviction object");
        }

        var dryRun = http.Query.ContainsKey("dryRun") || eviction.Items("deleteOptions", "dryRun").Any();
        var (home, name) = (request.Namespace ?? "", request.Name ?? "");
        writer.AdmitDeletion(
            ResourceCatalog.Pod,
            store.Get(ResourceCatalog.Pod, home, name) ?? throw KubeError.NotFound(ResourceCatalog.Pod, name),
            new WriteOptions("v1", "", DryRun: dryRun) { Caller = identity }
        );
        lock (store.WriteLock)
        {
            var pod = store.Get(ResourceCatalog.Pod, home, name) ?? throw KubeError.NotFound(ResourceCatalog.Pod, name);
            if (eviction.Text("deleteOptions", "preconditions", "uid") is { } uid && uid != pod.Uid())
            {
                throw KubeError.Modified(
                    ResourceCatalog.Pod,
                    name,
                    $"the UID in the precondition ({uid}) does not match the UID in record ({pod.Uid()})."
                );
            }

            Spend(pod, dryRun);
            if (!dryRun)
            {
                writer.Delete(ResourceCatalog.Pod, home, name);
            }
        }

        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["code"] = 201,
        };
    }

    /// <summary>Takes one disruption from the pod's budget.</summary>
    /// <exception cref="KubeError">429 when the budget has none, 500 for a pod with two budgets.</exception>
    private void Spend(JsonObject pod, bool dryRun)
    {
        if (pod.Text("status", "phase") is "Succeeded" or "Failed" or "Pending" || pod.Text("metadata", "deletionTimestamp") is not null)
        {
            return;
        }

        var labels = pod.Strings("metadata", "labels");
        JsonObject[] budgets =
        [
            .. store
                .List(ResourceCatalog.DisruptionBudget, pod.Namespace())
                .Where(budget =>
                    budget.At("spec", "selector") is { } selector
                    && !LabelSelector.IsEmpty(selector)
                    && LabelSelector.Matches(selector, labels)
                ),
        ];
        if (budgets.Length > 1)
        {
            throw KubeError.Internal("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        if (budgets is not [var budget] || (!PodStatus.IsReady(pod) && IsHealthy(budget)))
        {
            return;
        }

        if ((budget.Number("status", "observedGeneration") ?? 0) < budget.Number("metadata", "generation"))
        {
            throw KubeError.TooManyRequests(
                Refusal,
                RetryAfter,
                new Cause("DisruptionBudget", $"The disruption budget {budget.Name()} is still being processed by the server.", "")
            );
        }

        var allowed = budget.Number("status", "disruptionsAllowed") ?? 0;
        if (allowed == 0)
        {
            throw KubeError.TooManyRequests(
                Refusal,
                null,
                new Cause(
                    "DisruptionBudget",
                    $"The disruption budget {budget.Name()} needs {budget.Number("status", "desiredHealthy")} healthy pods and has "
                        + $"{budget.Number("status", "currentHealthy")} currently",
                    ""
                )
            );
        }

        if (!dryRun)
        {
            writer.Update(
                ResourceCatalog.DisruptionBudget,
                budget.Namespace(),
                budget.Name(),
                live =>
                {
                    live.Child("status")["disruptionsAllowed"] = allowed - 1;
                    return live;
                },
                Options
            );
        }
    }

    /// <summary>A pod that is not ready does not count, so it may go while enough others are, or whenever its policy says so.</summary>
    private static bool IsHealthy(JsonObject budget) =>
        budget.Text("spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow"
        || (
            (budget.Number("status", "desiredHealthy") ?? 0) is > 0 and var wanted
            && (budget.Number("status", "currentHealthy") ?? 0) >= wanted
        );
}
