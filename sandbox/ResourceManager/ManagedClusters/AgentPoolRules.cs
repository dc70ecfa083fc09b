using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>AKS's validation of node pools after defaults are filled in.</summary>
internal static partial class AgentPoolRules
{
    private const int MostNodes = 1000;

    // Fixed when the pool is created.
    private static readonly string[] Immutable = ["vmSize", "vnetSubnetID", "osType", "maxPods", "type"];

    public static void CheckAll(string location, JsonObject properties, JsonObject? before)
    {
        var pools = properties.Objects("agentPoolProfiles");
        if (pools.Count == 0)
        {
            throw ArmErrors.InvalidParameter("agentPoolProfiles", "Required parameter agentPoolProfiles is missing (null).");
        }

        foreach (var pool in pools)
        {
            Check(
                location,
                pool,
                before?.Objects("agentPoolProfiles").FirstOrDefault(known => known.Text("name") == pool.Text("name")),
                properties.Object("networkProfile") ?? []
            );
        }

        if (pools.GroupBy(pool => pool.Text("name")).FirstOrDefault(name => name.Count() > 1) is { } twice)
        {
            throw ArmErrors.InvalidParameter(
                "agentPoolProfile.name",
                $"The agent pool name '{twice.Key}' is given more than once; it must be unique in the cluster."
            );
        }

        if (pools.All(pool => pool.Text("mode") != "System"))
        {
            throw ArmErrors.InvalidParameter("agentPoolProfiles", "Must define at least one system pool.");
        }
    }

    /// <param name="network">The cluster's network profile.</param>
    public static void Check(string location, JsonObject pool, JsonObject? old, JsonObject network)
    {
        if (!Name().IsMatch(pool.Text("name") ?? ""))
        {
            throw ArmErrors.InvalidParameter(
                "agentPoolProfile.name",
                $"The value of parameter agentPoolProfile.name is invalid: '{pool.Text("name")}'. It must be 1 to 12 lower-case letters "
                    + "and digits and begin with a letter."
            );
        }

        if (pool.Text("mode") is not ("System" or "User"))
        {
            throw ArmErrors.InvalidParameter(
                "agentPoolProfile.mode",
                $"The value of parameter agentPoolProfile.mode is invalid: '{pool.Text("mode")}'. Supported values are System and User."
            );
        }

        CheckCounts(pool);
        if (!VmSizes.Exists(pool.Text("vmSize") ?? ""))
        {
            throw ArmErrors.BadRequest(
                $"The VM size of {pool.Text("vmSize")} is not allowed in your subscription in location '{location}'. See "
                    + "https://aka.ms/aks/vm-size-not-available for the sizes that are.",
                "agentPoolProfile.vmSize"
            );
        }

        AgentPoolSettings.Check(pool, network);
        foreach (var property in Immutable)
        {
            if (
                old is not null
                && !string.Equals(old[property]?.ToString(), pool[property]?.ToString(), StringComparison.OrdinalIgnoreCase)
            )
            {
                throw ClusterRules.ChangeNotAllowed($"agentPoolProfile.{property}");
            }
        }
    }

    /// <summary>AKS does not support B-series sizes for system pools, but accepts them (reference domain.md, section 0).</summary>
    public static string? Warning(IEnumerable<JsonObject> pools) =>
        pools.FirstOrDefault(pool => pool.Text("mode") == "System" && VmSizes.Of(pool.Text("vmSize") ?? "").IsBurstable) is { } pool
            ? $"299 - \"B-series VM sizes such as {pool.Text("vmSize")} are not supported for system node pools. Nodepool name: "
                + $"{pool.Text("name")}. See https://aka.ms/aks/restricted-skus\""
            : null;

    private static void CheckCounts(JsonObject pool)
    {
        var least = pool.Text("mode") == "System" ? 1 : 0;
        if (pool.Number("count") is not { } count || count < least || count > MostNodes)
        {
            throw ArmErrors.InvalidParameter(
                "agentPoolProfile.count",
                $"The value of parameter agentPoolProfile.count is invalid: {pool["count"]?.ToJsonString() ?? "null"}. A "
                    + $"{pool.Text("mode")?.ToLowerInvariant()} node pool has {least} to {MostNodes} nodes."
            );
        }

        if (pool.Number("maxPods") is not (>= 10 and <= 250))
        {
            throw ArmErrors.InvalidParameter(
                "agentPoolProfile.maxPods",
                $"The value of parameter agentPoolProfile.maxPods is invalid: {pool["maxPods"]?.ToJsonString()}. It must be 10 to 250."
            );
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9]{0,11}$")]
    private static partial Regex Name();
}
