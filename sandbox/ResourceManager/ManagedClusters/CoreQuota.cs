using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// The quota of virtual cores for the clusters of a subscription in a region: of the region, and of each family of sizes. The limits are
/// those of a large subscription; new ones have between 10 and 100. Stopped clusters count, as if they ran.
/// </summary>
internal sealed class CoreQuota(ResourceStore resources)
{
    public const int FamilyLimit = 10_000;
    public const int RegionLimit = 20_000;

    /// <summary>The cores of a subscription's node pools in a region, by family.</summary>
    public IReadOnlyDictionary<string, int> Used(string subscription, string location) =>
        Pools(subscription, location).GroupBy(Family).ToDictionary(family => family.Key, family => family.Sum(Cores));

    /// <summary>All node pools of a subscription in a region.</summary>
    public IEnumerable<JsonObject> Pools(string subscription, string location) =>
        resources
            .OfType(subscription, ManagedClusterApi.Type)
            .Where(entry => entry.Document.Text("location") == location)
            .SelectMany(entry => ClusterDocument.Pools(entry.Document));

    /// <param name="id">The cluster of the pools.</param>
    /// <param name="pools">All its pools in their requested state.</param>
    public void Check(string id, string location, IReadOnlyList<JsonObject> pools)
    {
        var used = Used(id.Split('/')[2], location);
        var running = (resources.Get(id) is { } before ? ClusterDocument.Pools(before) : []).ToLookup(Family, Cores);
        var more = pools.Sum(Cores) - running.Sum(family => family.Sum());
        var left = RegionLimit - used.Values.Sum();
        if (more > 0 && more > left)
        {
            throw Insufficient(
                $"Insufficient regional vcpu quota left for location {location}. left regional vcpu quota {left}, requested quota {more}."
            );
        }

        foreach (var family in pools.GroupBy(Family))
        {
            var remaining = FamilyLimit - used.GetValueOrDefault(family.Key);
            var requested = family.Sum(Cores) - running[family.Key].Sum();
            if (requested > 0 && requested > remaining)
            {
                throw Insufficient(
                    $"Insufficient vcpu quota requested {requested}, remaining {remaining} for family {family.Key} for region {location}."
                );
            }
        }
    }

    /// <summary>As in public reports of users.</summary>
    private static ArmException Insufficient(string problem) =>
        new(
            400,
            "ErrCode_InsufficientVCPUQuota",
            problem
                + " If you want to increase the quota, please follow this instruction: "
                + "https://learn.microsoft.com/en-us/azure/quotas/view-quotas. Surge nodes would also consume vcpu quota, please consider "
                + "use smaller maxSurge or use maxUnavailable to proceed upgrade without surge, details: aka.ms/aks/maxUnavailable."
        )
        {
            ByProvider = true,
            Flat = true,
        };

    private static string Family(JsonObject pool) => VmSizes.Of(pool.Text("vmSize") ?? "").Family;

    private static int Cores(JsonObject pool) => VmSizes.Of(pool.Text("vmSize") ?? "").Cores * (pool.Number("count") ?? 0);
}
