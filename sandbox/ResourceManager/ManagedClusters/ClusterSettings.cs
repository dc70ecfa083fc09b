using System.Net;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS's validation of a cluster's optional settings: values and combinations that the published specification or AKS's documentation
/// excludes. The wording is not measured.
/// </summary>
internal static class ClusterSettings
{
    private const int MostRanges = 200;
    private const int ShortestPassword = 8;
    private const int LongestPassword = 123;

    /// <param name="tier">The tier of the cluster's SKU. Null for the default, Free.</param>
    public static void Check(JsonObject properties, string? tier)
    {
        CheckTier(properties, tier);
        CheckApiServer(properties.Object("apiServerAccessProfile") ?? []);
        CheckPassword(properties.Text("windowsProfile", "adminPassword"));
        ArmErrors.Require(
            properties.Flag("securityProfile", "workloadIdentity", "enabled") != true
                || properties.Flag("oidcIssuerProfile", "enabled") == true,
            "securityProfile.workloadIdentity",
            "Workload identity needs the OIDC issuer (oidcIssuerProfile.enabled)."
        );
        ArmErrors.Require(
            properties.Flag("securityProfile", "azureKeyVaultKms", "enabled") != true
                || properties.Text("securityProfile", "azureKeyVaultKms", "keyId") is { Length: > 0 },
            "securityProfile.azureKeyVaultKms.keyId",
            "keyId is required when azureKeyVaultKms is enabled."
        );
        ArmErrors.Require(
            properties.Text("autoUpgradeProfile", "upgradeChannel") != "node-image"
                || properties.Text("autoUpgradeProfile", "nodeOSUpgradeChannel") is null or "NodeImage",
            "autoUpgradeProfile.nodeOSUpgradeChannel",
            "The upgrade channel 'node-image' needs the node OS upgrade channel 'NodeImage'."
        );
        ArmErrors.Require(
            properties.Text("nodeProvisioningProfile", "mode") != "Auto" || properties.Text("networkProfile", "networkPlugin") != "kubenet",
            "nodeProvisioningProfile.mode",
            "Node auto-provisioning does not support the network plugin 'kubenet'."
        );
    }

    private static void CheckTier(JsonObject properties, string? tier)
    {
        ArmErrors.Require(
            properties.Text("supportPlan") != "AKSLongTermSupport" || tier == "Premium",
            "supportPlan",
            "The support plan AKSLongTermSupport needs the tier Premium (sku.tier)."
        );
        ArmErrors.Require(
            properties.Flag("metricsProfile", "costAnalysis", "enabled") != true || tier is "Standard" or "Premium",
            "metricsProfile.costAnalysis",
            "Cost analysis needs the tier Standard or Premium (sku.tier)."
        );
    }

    private static void CheckApiServer(JsonObject access)
    {
        var ranges = access.Texts("authorizedIPRanges");
        ArmErrors.Require(
            ranges.Count <= MostRanges,
            "apiServerAccessProfile.authorizedIPRanges",
            $"A cluster has at most {MostRanges} authorized IP ranges."
        );
        ArmErrors.Require(
            ranges.Count == 0 || access.Flag("enablePrivateCluster") != true,
            "apiServerAccessProfile.authorizedIPRanges",
            "Authorized IP ranges cannot be used with a private cluster."
        );
        foreach (var range in ranges)
        {
            ArmErrors.Require(
                IPAddress.TryParse(range, out _) || (IPNetwork.TryParse(range, out var network) && network.ToString() == range),
                "apiServerAccessProfile.authorizedIPRanges",
                $"The authorized IP range '{range}' is not an IP address, or a CIDR that begins with its first address."
            );
        }

        ArmErrors.Require(
            !Is(access.Text("privateDNSZone"), "none") || access.Flag("enablePrivateClusterPublicFQDN") != false,
            "apiServerAccessProfile.privateDNSZone",
            "A private cluster without a private DNS zone needs its public FQDN (enablePrivateClusterPublicFQDN)."
        );
    }

    /// <summary>
    /// A cluster is private from its creation, unless its API server is integrated into the network. Its DNS zone changes to none only
    /// (AKS documentation, "Create a private AKS cluster").
    /// </summary>
    public static void CheckUnchanged(JsonObject access, JsonObject before)
    {
        var (isPrivate, wasPrivate) = (access.Flag("enablePrivateCluster") == true, before.Flag("enablePrivateCluster") == true);
        if (isPrivate != wasPrivate && access.Flag("enableVnetIntegration") != true)
        {
            throw ClusterRules.ChangeNotAllowed("apiServerAccessProfile.enablePrivateCluster");
        }

        var (zone, former) = (access.Text("privateDNSZone"), before.Text("privateDNSZone"));
        if (isPrivate && wasPrivate && !Is(zone, former) && !Is(zone, "none"))
        {
            throw ClusterRules.ChangeNotAllowed("apiServerAccessProfile.privateDNSZone");
        }
    }

    private static bool Is(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>8 to 123 characters of three of four kinds (the published specification).</summary>
    private static void CheckPassword(string? password)
    {
        Func<char, bool>[] kinds = [char.IsLower, char.IsUpper, char.IsDigit, letter => !char.IsLetterOrDigit(letter)];
        ArmErrors.Require(
            password is null
                || (password.Length is >= ShortestPassword and <= LongestPassword && kinds.Count(kind => password.Any(kind)) >= 3),
            "windowsProfile.adminPassword",
            $"The password of Windows nodes has {ShortestPassword} to {LongestPassword} characters of at least three kinds: lower case, "
                + "upper case, digits, others."
        );
    }
}
