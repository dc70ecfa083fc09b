using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS's validation of a node pool's optional settings: the ranges of the published specification, and the combinations that AKS's
/// documentation excludes. The wording is not measured.
/// </summary>
internal static partial class AgentPoolSettings
{
    private const int LongestWindowsName = 6;
    private static readonly string[] Zones = ["1", "2", "3"];
    private static readonly string[] ReservedLabels = ["kubernetes.azure.com/", "kubernetes.io/"];

    /// <param name="network">The cluster's network profile.</param>
    public static void Check(JsonObject pool, JsonObject network)
    {
        CheckSystem(pool, network);
        CheckScaling(pool);
        CheckUpgrade(pool);
        CheckNodes(pool);
        SettingRanges.Check(pool, "agentPoolProfile", 30, 2048, "osDiskSizeGB");
        SettingRanges.Check(pool, "agentPoolProfile", 1, 1440, "upgradeSettings", "drainTimeoutInMinutes");
        SettingRanges.Check(pool, "agentPoolProfile", 0, 30, "upgradeSettings", "nodeSoakDurationInMinutes");
        Require(
            pool["spotMaxPrice"] is null || pool.Number("spotMaxPrice") is -1 or > 0,
            "spotMaxPrice",
            "spotMaxPrice must be -1 or greater than 0."
        );
    }

    private static void CheckSystem(JsonObject pool, JsonObject network)
    {
        var isSystem = pool.Text("mode") == "System";
        var isWindows = Is(pool, "osType", "Windows");
        Require(!isSystem || !isWindows, "osType", "A system node pool must have the osType Linux.");
        Require(!isSystem || !Is(pool, "scaleSetPriority", "Spot"), "scaleSetPriority", "A system node pool cannot be a spot node pool.");
        Require(
            !isWindows || pool.Text("name") is { Length: <= LongestWindowsName },
            "name",
            $"The name of a Windows agent pool has at most {LongestWindowsName} characters."
        );
        Require(
            !isWindows || network.Text("networkPlugin") != "kubenet",
            "osType",
            "Windows agent pools can only be added to AKS clusters using Azure-CNI."
        );
        Require(
            isWindows == (pool.Text("osSKU")?.StartsWith("Windows", StringComparison.OrdinalIgnoreCase) == true),
            "osSKU",
            $"The osSKU '{pool.Text("osSKU")}' does not belong to the osType '{pool.Text("osType")}'."
        );
    }

    private static void CheckScaling(JsonObject pool)
    {
        if (pool.Flag("enableAutoScaling") != true)
        {
            return;
        }

        Require(pool.Number("minCount") is not null, "minCount", "minCount is required when enableAutoScaling is true.");
        Require(pool.Number("maxCount") is not null, "maxCount", "maxCount is required when enableAutoScaling is true.");
        Require(pool.Number("minCount") <= pool.Number("maxCount"), "minCount", "minCount must not be greater than maxCount.");
        SettingRanges.Check(pool, "agentPoolProfile", pool.Text("mode") == "System" ? 1 : 0, 1000, "minCount");
        SettingRanges.Check(pool, "agentPoolProfile", 1, 1000, "maxCount");
    }

    private static void CheckUpgrade(JsonObject pool)
    {
        foreach (var name in new[] { "maxSurge", "maxUnavailable" })
        {
            Require(
                pool.Text("upgradeSettings", name) is not { } value || Share().IsMatch(value),
                $"upgradeSettings.{name}",
                $"{name} must be a number of nodes, such as '5', or a percentage, such as '50%'."
            );
        }

        Require(
            !(IsZero("maxSurge") && IsZero("maxUnavailable")),
            "upgradeSettings.maxUnavailable",
            "maxSurge and maxUnavailable cannot both be 0."
        );

        bool IsZero(string name) => pool.Text("upgradeSettings", name)?.TrimEnd('%').Trim('0') is { Length: 0 };
    }

    private static void CheckNodes(JsonObject pool)
    {
        foreach (var taint in pool.Texts("nodeTaints"))
        {
            Require(Taint().IsMatch(taint), "nodeTaints", $"The taint '{taint}' is not of the form key=value:effect.");
        }

        foreach (var (key, value) in pool.Object("nodeLabels") ?? [])
        {
            Require(
                Label().IsMatch(key) && LabelValue().IsMatch(value?.ToString() ?? ""),
                "nodeLabels",
                $"The label '{key}={value}' is not a valid Kubernetes label."
            );
            Require(
                !ReservedLabels.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)),
                "nodeLabels",
                $"The label '{key}' has a prefix that AKS reserves."
            );
        }

        var zones = pool.Texts("availabilityZones");
        if (zones.FirstOrDefault(zone => !Zones.Contains(zone)) is { } zone)
        {
            throw new ArmException(
                400,
                "AvailabilityZoneNotSupported",
                $"The zone(s) '{zone}' for the agent pool '{pool.Text("name")}' are not supported. Supported zones are "
                    + $"{string.Join(", ", Zones)}."
            )
            {
                Target = "agentPoolProfile.availabilityZones",
                ByProvider = true,
            };
        }

        Require(
            zones.Count == 0 || !Is(pool, "type", "AvailabilitySet"),
            "availabilityZones",
            "Availability zones need agent pools of the type VirtualMachineScaleSets."
        );
    }

    private static bool Is(JsonObject pool, string name, string value) =>
        string.Equals(pool.Text(name), value, StringComparison.OrdinalIgnoreCase);

    private static void Require(bool isMet, string name, string message) => ArmErrors.Require(isMet, $"agentPoolProfile.{name}", message);

    [GeneratedRegex("^[0-9]{1,4}%?$")]
    private static partial Regex Share();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._/-]*(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$")]
    private static partial Regex Taint();

    [GeneratedRegex("^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex Label();

    [GeneratedRegex("^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
    private static partial Regex LabelValue();
}
