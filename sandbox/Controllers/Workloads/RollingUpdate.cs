using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// The next number of pods for each ReplicaSet of a Deployment (kubernetes/kubernetes, pkg/controller/deployment/rolling.go and
/// recreate.go).
/// </summary>
internal static class RollingUpdate
{
    /// <param name="current">The ReplicaSet of the current template.</param>
    /// <param name="old">All others, oldest first.</param>
    public static IEnumerable<(JsonObject Set, long Replicas)> Plan(JsonObject deployment, JsonObject current, JsonObject[] old)
    {
        var wanted = deployment.Number("spec", "replicas") ?? 1;
        var oldTotal = old.Sum(Replicas);
        if (deployment.Text("spec", "strategy", "type") == "Recreate")
        {
            foreach (var set in old)
            {
                yield return (set, 0);
            }

            yield return (current, old.Sum(set => set.Number("status", "replicas") ?? 0) + oldTotal == 0 ? wanted : 0);
            yield break;
        }

        var rules = deployment.At("spec", "strategy", "rollingUpdate");
        var surge = Share.Of(rules.At("maxSurge") ?? "25%", (int)wanted, roundUp: true);
        var unavailable = Share.Of(rules.At("maxUnavailable") ?? "25%", (int)wanted, roundUp: false);
        unavailable = surge + unavailable == 0 ? 1 : unavailable;
        var next =
            Replicas(current) >= wanted
                ? wanted
                : Math.Min(wanted, Replicas(current) + Math.Max(0, wanted + surge - Replicas(current) - oldTotal));
        yield return (current, next);

        // Old pods that are not ready are removed at once. Ready ones are removed while enough pods remain.
        var spare = old.Sum(Ready) + Math.Min(Ready(current), wanted) - (wanted - unavailable);
        foreach (var set in old)
        {
            var healthy = Math.Min(Ready(set), Replicas(set));
            var down = Math.Clamp(spare, 0, healthy);
            spare -= down;
            yield return (set, healthy - down);
        }
    }

    private static long Replicas(JsonObject set) => set.Number("spec", "replicas") ?? 1;

    private static long Ready(JsonObject set) => set.Number("status", "readyReplicas") ?? 0;
}
