using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Kubernetes;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The operations that somebody canceled, and upgrades that failed, pure. A PUT of the same body would resume them, and MeshPort starts no
/// upgrade. So it writes nothing and reports the advice. The creation of a cluster or a pool of MeshPort is not among them.
/// <code>
/// of         state      written in this convergence   version asked for        halted
/// cluster    Canceled   no                            any                      yes, unless MeshPort made it and it never served
/// cluster    Failed     any                           not that which runs, of  yes
///                                                     the cluster or a pool
/// node pool  Canceled   any                           any                      yes, unless MeshPort made it and none runs
/// node pool  Failed     any                           not that which runs      yes
/// any other                                                                    no
/// </code>
/// </summary>
internal static class HaltedOperations
{
    /// <returns>What a person does about it; null when MeshPort may write the cluster.</returns>
    public static string? OfCluster(JsonObject cluster, bool hasServed, ManagedClusterMemo memo)
    {
        var properties = cluster["properties"];
        var state = ManagedClusterPlan.State(cluster);
        return state == "Canceled" && memo.Writes == 0 && (hasServed || !Ownership.IsOurs(cluster))
                ? "An operation on the cluster was canceled (az aks operation-abort), and MeshPort does not resume it. "
                    + "Finish or undo it with az aks update or az aks upgrade."
            : state != "Failed" ? null
            : Upgrade("the cluster", "az aks upgrade", properties, "kubernetesVersion", "currentKubernetesVersion")
                ?? properties.Items("agentPoolProfiles").Select(UpgradeOf).OfType<string>().FirstOrDefault();
    }

    /// <inheritdoc cref="OfCluster" path="/returns"/>
    /// <param name="isMade">Whether MeshPort made the pool.</param>
    public static string? OfPool(JsonObject pool, bool isMade) =>
        pool["provisioningState"]?.GetValue<string>() switch
        {
            "Canceled" when isMade && Version(pool, "currentOrchestratorVersion") is null => null,
            "Canceled" => $"An operation on node pool {pool["name"]} was canceled (az aks nodepool operation-abort), and MeshPort does not "
                + "resume it. Finish or undo it with az aks nodepool update or az aks nodepool upgrade.",
            "Failed" => UpgradeOf(pool),
            _ => null,
        };

    private static string? UpgradeOf(JsonObject pool) =>
        Upgrade($"node pool {pool["name"]}", "az aks nodepool upgrade", pool, "orchestratorVersion", "currentOrchestratorVersion");

    private static string? Upgrade(string what, string command, JsonNode? place, string asked, string current) =>
        Version(place, asked) is { } wanted && Version(place, current) is { } found && !KubernetesVersions.IsSame(found, wanted)
            ? $"An upgrade of {what} from Kubernetes {found} to {wanted} failed, and MeshPort does not resume it. Look at the cluster's "
                + $"activity log, and finish or undo the upgrade with {command}."
            : null;

    /// <returns>Null before the first version runs.</returns>
    private static string? Version(JsonNode? place, string field) =>
        place?[field]?.GetValue<string>() is { Length: > 0 } text ? text : null;
}
