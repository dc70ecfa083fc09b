using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// The version changes that AKS accepts: upgrades only, one minor version at a time, node pools never ahead of their control plane.
/// </summary>
internal static class KubernetesUpgrades
{
    /// <param name="requested">The body of the PUT, before defaults are filled in.</param>
    /// <returns>Whether the PUT upgrades anything.</returns>
    public static bool Check(JsonObject requested, JsonObject properties, JsonObject before)
    {
        var asked = properties.Text("kubernetesVersion");
        var current = before.Text("currentKubernetesVersion") ?? "";
        var reached = KubernetesVersions.Reached(asked, current) ?? current;
        if (reached != current && !KubernetesVersions.UpgradesOf(current).Contains(reached))
        {
            throw NotAllowed(current, reached);
        }

        CheckPools(requested, asked, before);
        return reached != current || properties.Objects("agentPoolProfiles").Any(pool => IsUpgraded(pool, before));
    }

    /// <summary>A separate change of a node pool's version.</summary>
    public static void CheckPool(string? asked, string? current, string controlPlane)
    {
        var reached = KubernetesVersions.Reached(asked, current) ?? controlPlane;
        if (KubernetesVersions.Compare(reached, controlPlane) > 0)
        {
            throw ArmErrors.BadRequest(
                $"Node pool version {reached} and control plane version {controlPlane} are incompatible. Version of node pool must not "
                    + "be newer than that of the control plane. For more information, please check https://aka.ms/version-skew-policy",
                "agentPoolProfile.orchestratorVersion"
            );
        }

        if (!KubernetesVersions.ForPools(controlPlane).Contains(reached) && reached != current)
        {
            throw ArmErrors.BadRequest(
                $"Node pool version {reached} is not available with control plane version {controlPlane}. For more information, please "
                    + "check https://aka.ms/version-skew-policy",
                "agentPoolProfile.orchestratorVersion"
            );
        }

        if (current is not null && reached != current && !KubernetesVersions.UpgradesOf(current).Contains(reached))
        {
            throw ArmErrors.BadRequest(
                $"Upgrade agent pool version from {current} to {reached} is not allowed, you can only upgrade one minor version at a "
                    + "time. Please use [az aks get-upgrades] command to get the supported upgrade paths. For more information, please "
                    + "check https://aka.ms/version-skew-policy",
                "agentPoolProfile.orchestratorVersion"
            );
        }
    }

    private static void CheckPools(JsonObject requested, string? asked, JsonObject before)
    {
        var pools = requested.Objects("agentPoolProfiles");
        var versions = pools
            .Select(pool =>
                (
                    Version: pool.Text("orchestratorVersion"),
                    Was: Old(pool, before)?.Text("orchestratorVersion"),
                    Runs: Old(pool, before)?.Text("currentOrchestratorVersion")
                )
            )
            .ToList();
        var specified = versions.Where(pool => pool.Version is not null).ToList();
        if (
            (specified.Count != 0 && specified.Count != versions.Count)
            || specified.Any(pool => pool.Version != asked && pool.Version != pool.Was && pool.Version != pool.Runs)
        )
        {
            throw new ArmException(
                400,
                "NotAllAgentPoolOrchestratorVersionSpecifiedAndUnchanged",
                "Using managed cluster api, all Agent pools' OrchestratorVersion must be all specified or all unspecified. If all "
                    + "specified, they must be stay unchanged or the same with control plane. For agent pool specific change, please use "
                    + "per agent pool operations: https://aka.ms/agent-pool-rest-api"
            )
            {
                ByProvider = true,
                Flat = true,
            };
        }
    }

    private static bool IsUpgraded(JsonObject pool, JsonObject before) =>
        Old(pool, before)?.Text("currentOrchestratorVersion") is { } current
        && KubernetesVersions.Reached(pool.Text("orchestratorVersion"), current) != current;

    private static JsonObject? Old(JsonObject pool, JsonObject before) =>
        before.Objects("agentPoolProfiles").FirstOrDefault(known => known.Text("name") == pool.Text("name"));

    private static ArmException NotAllowed(string current, string asked) =>
        new(
            400,
            "OperationNotAllowed",
            $"{(KubernetesVersions.Compare(asked, current) < 0 ? "Downgrading" : "Upgrading")} Kubernetes version {current} to {asked} "
                + $"is not allowed. Available upgrades: [{string.Join(' ', KubernetesVersions.UpgradesOf(current))}]. Please see "
                + "https://aka.ms/aks-supported-k8s-ver for version details."
        )
        {
            ByProvider = true,
            Flat = true,
        };
}
