using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// The ResourceQuotas of a namespace (kubernetes/kubernetes, apiserver/pkg/admission/plugin/resourcequota). Usage is counted anew for each
/// write. Not simulated: the scope PriorityClass.
/// </summary>
internal static class Quotas
{
    /// <exception cref="KubeError">403, worded as by an API server.</exception>
    public static void Check(ObjectStore store, ResourceType type, JsonObject? before, JsonObject body)
    {
        foreach (var quota in store.List(ResourceCatalog.ResourceQuota, body.Namespace()))
        {
            if (!Covers(quota, type, body))
            {
                continue;
            }

            var hard = quota.At("spec", "hard") as JsonObject ?? [];
            if (type == ResourceCatalog.Pod && before is null)
            {
                Demand(quota, hard, body);
            }

            var asked = QuotaUsage.Of(type, body);
            var had = before is null ? [] : QuotaUsage.Of(type, before);
            var added = asked
                .Select(pair => (pair.Key, Amount: pair.Value - had.GetValueOrDefault(pair.Key)))
                .Where(pair => pair.Amount > 0 && hard.ContainsKey(pair.Key))
                .ToDictionary(pair => pair.Key, pair => pair.Amount);
            if (added.Count == 0)
            {
                continue;
            }

            var used = Used(store, quota);
            string[] exceeded =
            [
                .. added.Keys.Where(name => used[name] + added[name] > (Quantity.Parse(hard[name]) ?? 0)).Order(StringComparer.Ordinal),
            ];
            if (exceeded.Length > 0)
            {
                throw KubeError.Forbidden(
                    type,
                    body.Name(),
                    $"exceeded quota: {quota.Name()}, requested: {List(exceeded, name => Text(hard, name, added[name]))}, "
                        + $"used: {List(exceeded, name => Text(hard, name, used[name]))}, "
                        + $"limited: {List(exceeded, name => hard[name]?.ToString() ?? "")}"
                );
            }
        }
    }

    /// <summary>The usage of every resource that the quota limits.</summary>
    public static Dictionary<string, decimal> Used(ObjectStore store, JsonObject quota)
    {
        var hard = quota.At("spec", "hard") as JsonObject ?? [];
        var used = hard.ToDictionary(pair => pair.Key, _ => 0m);
        foreach (var type in ResourceCatalog.All.Where(type => type.Namespaced && QuotaUsage.Names(type).Any(hard.ContainsKey)))
        {
            foreach (var item in store.List(type, quota.Namespace()).Where(item => Covers(quota, type, item)))
            {
                foreach (var (name, amount) in QuotaUsage.Of(type, item).Where(pair => used.ContainsKey(pair.Key)))
                {
                    used[name] += amount;
                }
            }
        }

        return used;
    }

    public static string Text(JsonObject hard, string name, decimal amount) =>
        Quantity.Text(amount, hard[name]?.ToString().EndsWith('i') == true);

    /// <summary>A quota on processor time or memory wants every container to name its share.</summary>
    private static void Demand(JsonObject quota, JsonObject hard, JsonObject pod)
    {
        string[] missing =
        [
            .. hard.Select(pair => pair.Key)
                .Where(name => QuotaUsage.Computed(name) is not null)
                .Order(StringComparer.Ordinal)
                .Select(name => (Name: name, Containers: Without(pod, name)))
                .Where(found => found.Containers.Length > 0)
                .Select(found => $"{found.Name} for: {found.Containers}"),
        ];
        if (missing.Length > 0)
        {
            throw KubeError.Forbidden(
                ResourceCatalog.Pod,
                pod.Name(),
                $"failed quota: {quota.Name()}: must specify {string.Join("; ", missing)}"
            );
        }

        static string Without(JsonObject pod, string name) =>
            QuotaUsage.Computed(name) is var (list, resource)
                ? string.Join(
                    ',',
                    pod.Items("spec", "containers")
                        .Concat(pod.Items("spec", "initContainers"))
                        .Where(container => container.At("resources", list, resource) is null)
                        .Select(container => container.Text("name"))
                        .Order(StringComparer.Ordinal)
                )
                : "";
    }

    private static bool Covers(JsonObject quota, ResourceType type, JsonObject body)
    {
        string[] scopes =
        [
            .. quota.Items("spec", "scopes").Select(scope => scope.ToString()),
            .. quota.Items("spec", "scopeSelector", "matchExpressions").Select(scope => scope.Text("scopeName") ?? ""),
        ];
        return scopes.Length == 0
            || (
                type == ResourceCatalog.Pod
                && scopes.All(scope =>
                    scope switch
                    {
                        "Terminating" => body.Number("spec", "activeDeadlineSeconds") is not null,
                        "NotTerminating" => body.Number("spec", "activeDeadlineSeconds") is null,
                        "BestEffort" => IsBestEffort(body),
                        "NotBestEffort" => !IsBestEffort(body),
                        _ => false,
                    }
                )
            );
    }

    private static bool IsBestEffort(JsonObject pod) =>
        pod.Items("spec", "containers")
            .All(container =>
                container.At("resources", "requests") is not JsonObject { Count: > 0 }
                && container.At("resources", "limits") is not JsonObject { Count: > 0 }
            );

    private static string List(IEnumerable<string> names, Func<string, string> value) =>
        string.Join(',', names.Select(name => $"{name}={value(name)}"));
}
