using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>AKS's validation of a cluster's body after defaults are filled in.</summary>
internal sealed partial class ClusterRules(ResourceStore resources)
{
    private const int LongestNodeGroup = 80;

    // Fixed when the cluster is created.
    private static readonly string[][] Immutable =
    [
        ["dnsPrefix"],
        ["fqdnSubdomain"],
        ["nodeResourceGroup"],
        ["networkProfile", "podCidr"],
        ["networkProfile", "serviceCidr"],
        ["networkProfile", "dnsServiceIP"],
        ["networkProfile", "loadBalancerSku"],
    ];

    /// <param name="tier">The tier of the cluster's SKU. Null for the default.</param>
    /// <param name="hasPools">False for AKS Automatic, whose pools are not the client's.</param>
    public void Check(string id, string location, JsonObject properties, JsonObject? before, string? tier, bool hasPools = true)
    {
        if (hasPools)
        {
            AgentPoolRules.CheckAll(location, properties, before);
        }

        CheckNames(properties);
        CheckNodeGroup(id, properties, before);
        new NetworkRules(resources).Check(id, properties);
        new OutboundRules(resources).Check(properties);
        ClusterSettings.Check(properties, tier);
        CheckAccess(properties);
        CheckIngress(properties);
        if (before is not null)
        {
            CheckUnchanged(properties, before);
            ArmErrors.Require(
                before.Flag("oidcIssuerProfile", "enabled") != true || properties.Flag("oidcIssuerProfile", "enabled") != false,
                "oidcIssuerProfile.enabled",
                "The OIDC issuer cannot be disabled once it is enabled." // Azure's words are not measured
            );
        }

        new CoreQuota(resources).Check(id, location, properties.Objects("agentPoolProfiles"));
    }

    public static void CheckName(string name)
    {
        if (!ClusterName().IsMatch(name))
        {
            throw ArmErrors.InvalidParameter(
                "name",
                $"The cluster name '{name}' is invalid: 1 to 63 letters, digits, hyphens and underscores, beginning and ending with a "
                    + "letter or a digit."
            );
        }
    }

    public static ArmException ChangeNotAllowed(string property) =>
        new(400, "PropertyChangeNotAllowed", $"Changing property '{property}' is not allowed.") { Target = property, ByProvider = true };

    private static void CheckNames(JsonObject properties)
    {
        var (prefix, subdomain) = (properties.Text("dnsPrefix"), properties.Text("fqdnSubdomain"));
        if (prefix is not null && subdomain is not null)
        {
            throw ArmErrors.InvalidParameter("fqdnSubdomain", "Only one of dnsPrefix and fqdnSubdomain can be given.");
        }

        if (!DnsPrefix().IsMatch(prefix ?? subdomain ?? ""))
        {
            throw ArmErrors.InvalidParameter(
                prefix is null ? "fqdnSubdomain" : "dnsPrefix",
                $"The DNS name prefix '{prefix ?? subdomain}' is invalid: 1 to 54 letters, digits and hyphens, beginning and ending "
                    + "with a letter or a digit."
            );
        }

        if (
            subdomain is not null
            && (
                properties.Flag("apiServerAccessProfile", "enablePrivateCluster") != true
                || properties.Text("apiServerAccessProfile", "privateDNSZone") is null or "system" or "none"
            )
        )
        {
            throw ArmErrors.InvalidParameter(
                "fqdnSubdomain",
                "fqdnSubdomain needs a private cluster with a private DNS zone of its own (apiServerAccessProfile.privateDNSZone)."
            );
        }
    }

    /// <summary>
    /// AKS creates the node resource group itself. Code and words about its length are those of public reports, such as rancher/rancher
    /// issue 21264.
    /// </summary>
    private void CheckNodeGroup(string id, JsonObject properties, JsonObject? before)
    {
        if (before is not null || properties.Text("nodeResourceGroup") is not { } name)
        {
            return;
        }

        if (name.Length > LongestNodeGroup)
        {
            throw ArmErrors.InvalidParameter(
                "name",
                $"The length of the node resource group name is too long. The maximum length is {LongestNodeGroup} and the length of the "
                    + $"value provided is {name.Length}. Please see https://aka.ms/aks-naming-rules for more details."
            );
        }

        if (
            resources.GetGroup($"/subscriptions/{id.Split('/')[2]}/resourceGroups/{name}") is { } group
            && !string.Equals(group.Text("managedBy"), id, StringComparison.OrdinalIgnoreCase)
        )
        {
            throw ArmErrors.BadRequest($"The node resource group '{name}' already exists. Choose another name.", "nodeResourceGroup");
        }
    }

    private static void CheckAccess(JsonObject properties)
    {
        var managed = properties.Flag("aadProfile", "managed") == true;
        if (properties.Flag("disableLocalAccounts") == true && !managed)
        {
            throw ArmErrors.BadRequest(
                "Disabling local accounts is only allowed on clusters with Microsoft Entra integration (aadProfile.managed).",
                "disableLocalAccounts"
            );
        }

        if (managed && properties.Flag("enableRBAC") == false)
        {
            throw ArmErrors.BadRequest(
                "Microsoft Entra integration (aadProfile.managed) needs Kubernetes RBAC (enableRBAC).",
                "enableRBAC"
            );
        }

        if (properties.Flag("aadProfile", "enableAzureRBAC") == true && !managed)
        {
            throw ArmErrors.BadRequest(
                "Azure RBAC for Kubernetes authorization needs Microsoft Entra integration (aadProfile.managed).",
                "aadProfile.enableAzureRBAC"
            );
        }

        if (
            properties.Object("aadProfile")?.Texts("adminGroupObjectIDs").FirstOrDefault(group => !Guid.TryParse(group, out _)) is { } group
        )
        {
            throw ArmErrors.InvalidParameter("aadProfile.adminGroupObjectIDs", $"The admin group object ID '{group}' is not a GUID.");
        }
    }

    /// <summary>
    /// Features that exclude the Istio add-on (reference domain.md, sections 1.5 and 2.4), and the values of the managed Gateway API.
    /// </summary>
    private static void CheckIngress(JsonObject properties)
    {
        if (properties.Text("ingressProfile", "gatewayAPI", "installation") is { } installation and not ("Standard" or "Disabled"))
        {
            throw ArmErrors.InvalidParameter(
                "ingressProfile.gatewayAPI.installation",
                $"The value of parameter ingressProfile.gatewayAPI.installation is invalid: '{installation}'. Supported values are "
                    + "Standard and Disabled."
            );
        }

        if (properties.Text("serviceMeshProfile", "mode") != "Istio")
        {
            return;
        }

        if (properties.Flag("addonProfiles", "openServiceMesh", "enabled") == true)
        {
            throw ArmErrors.BadRequest(
                "The Istio service mesh add-on cannot be enabled together with the Open Service Mesh add-on. Disable one of them.",
                "serviceMeshProfile.mode"
            );
        }

        if (properties.Text("ingressProfile", "webAppRouting", "gatewayAPIImplementations", "appRoutingIstio", "mode") == "Enabled")
        {
            throw ArmErrors.BadRequest(
                "The Istio service mesh add-on cannot be enabled together with the application routing add-on's Gateway API "
                    + "implementation. Disable one of them.",
                "serviceMeshProfile.mode"
            );
        }
    }

    private static void CheckUnchanged(JsonObject properties, JsonObject before)
    {
        foreach (var path in Immutable)
        {
            if (before.Text(path) is { } was && properties.Text(path) != was)
            {
                throw ChangeNotAllowed(string.Join('.', path));
            }
        }

        if (before.Flag("enableRBAC") != properties.Flag("enableRBAC"))
        {
            throw ChangeNotAllowed("enableRBAC");
        }

        if (before.Flag("aadProfile", "managed") == true && properties.Flag("aadProfile", "managed") != true)
        {
            throw ChangeNotAllowed("aadProfile.managed");
        }

        ClusterSettings.CheckUnchanged(properties.Object("apiServerAccessProfile") ?? [], before.Object("apiServerAccessProfile") ?? []);
        OutboundRules.CheckUnchanged(properties, before);
        var (from, to) = (before.Text("networkProfile", "networkPlugin"), properties.Text("networkProfile", "networkPlugin"));
        if (from != to && (from, to) != ("kubenet", "azure"))
        {
            throw ChangeNotAllowed("networkProfile.networkPlugin");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex ClusterName();

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?$")]
    private static partial Regex DnsPrefix();
}
