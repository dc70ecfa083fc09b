using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The quota of virtual cores by family, for the clusters of a subscription in a region.</summary>
internal sealed class CoreQuota(ResourceStore resources)
{
    /// <summary>As high as for a large subscription; new ones have between 10 and 100.</summary>
    public const int Limit = 10_000;

    /// <param name="id">The cluster of the pools.</param>
    /// <param name="pools">All its pools in their requested state.</param>
    public void Check(string id, string location, IReadOnlyList<JsonObject> pools)
    {
        var others = resources
            .OfType(id.Split('/')[2], ManagedClusterApi.Type)
            .Where(entry => !string.Equals(entry.Id, id, StringComparison.OrdinalIgnoreCase) && entry.Document.Text("location") == location)
            .SelectMany(entry => ClusterDocument.Pools(entry.Document))
            .ToLookup(Family, Cores);
        var running = (resources.Get(id) is { } before ? ClusterDocument.Pools(before) : []).ToLookup(Family, Cores);
        foreach (var family in pools.GroupBy(Family))
        {
            var remaining = Limit - others[family.Key].Sum() - running[family.Key].Sum();
            var requested = family.Sum(Cores) - running[family.Key].Sum();
            if (requested > 0 && requested > remaining)
            {
                throw new ArmException(
                    400,
                    "ErrCode_InsufficientVCPUQuota",
                    $"Insufficient vcpu quota requested {requested}, remaining {remaining} for family {family.Key} for region "
                        + $"{location}. Surge nodes would also consume vcpu quota. Please consider use smaller surge or use maxUnavailable "
                        + "to proceed upgrade without surge, details: aka.ms/aks/maxUnavailable."
                )
                {
                    ByProvider = true,
                };
            }
        }
    }

    private static string Family(JsonObject pool) => VmSizes.Family(pool.Text("vmSize") ?? "");

    private static int Cores(JsonObject pool) => VmSizes.Cores(pool.Text("vmSize") ?? "") * (pool.Number("count") ?? 0);
}
