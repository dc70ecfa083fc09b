using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Fills in AKS's defaults. Values that a PUT may omit come from the existing cluster, then from AKS's defaults.</summary>
internal static class ClusterDefaults
{
    // A PUT that omits these keeps their values. Others revert to their default, the mesh to Disabled.
    private static readonly string[] Kept =
    [
        "kubernetesVersion",
        "dnsPrefix",
        "nodeResourceGroup",
        "networkProfile",
        "agentPoolProfiles",
        "aadProfile",
        "windowsProfile",
        "linuxProfile",
        "identityProfile",
    ];

    // Only AKS writes these. Values that a client sends back are ignored.
    private static readonly string[] ReadOnly =
    [
        "provisioningState",
        "powerState",
        "currentKubernetesVersion",
        "fqdn",
        "azurePortalFQDN",
        "maxAgentPools",
        "resourceUID",
        "privateFQDN",
    ];

    public static JsonObject Fill(string id, string name, string group, string location, JsonObject requested, JsonObject? before)
    {
        var properties = (JsonObject)requested.DeepClone();
        foreach (var written in ReadOnly)
        {
            properties.Remove(written);
        }

        foreach (var kept in Kept)
        {
            properties.Default(kept, before?[kept]?.DeepClone());
        }

        FillVersion(properties, before, name);
        if (properties.Text("fqdnSubdomain") is null)
        {
            properties.Default("dnsPrefix", $"{name}-dns");
        }

        properties.Default("nodeResourceGroup", NodeGroup(group, name, location));
        properties.Default("enableRBAC", true);
        properties.Default("supportPlan", "KubernetesOfficial");
        properties.Default("disableLocalAccounts", false);
        FillNetwork(properties.Ensure("networkProfile"));
        foreach (var profile in new[] { "loadBalancerProfile", "natGatewayProfile" })
        {
            if (
                before?.Array("networkProfile", profile, "effectiveOutboundIPs") is { } outbound
                && properties.Object("networkProfile", profile) is { } kept
            )
            {
                kept["effectiveOutboundIPs"] = outbound.DeepClone();
            }
        }

        AgentPoolDefaults.FillAll(properties, before);
        FillIngress(properties);
        var unique = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id.ToUpperInvariant())));
        FillNames(properties, location, unique[..8]);
        properties["maxAgentPools"] = 100;
        properties["resourceUID"] = unique[..24];
        properties["powerState"] = new JsonObject { ["code"] = ClusterDocument.Running };
        properties.Default("servicePrincipalProfile", new JsonObject { ["clientId"] = "msi" });
        properties.Default("securityProfile", new JsonObject());
        FillProfiles(properties);
        var issuer = properties.Ensure("oidcIssuerProfile");
        issuer.Default("enabled", true);
        issuer["issuerURL"] =
            $"https://{location}.oic.prod-aks.azure.com/{Entra.Application.TenantId}/{Guid.ParseExact(unique[..32], "N")}/";
        if (properties.Object("aadProfile") is { } entra)
        {
            entra.Default("tenantID", Entra.Application.TenantId);
        }

        return properties;
    }

    /// <summary>The name of the node resource group that a cluster does not name.</summary>
    public static string NodeGroup(string group, string name, string location) => $"MC_{group}_{name}_{location}";

    /// <summary>Profiles that AKS answers for each cluster, and what it never answers.</summary>
    private static void FillProfiles(JsonObject properties)
    {
        var storage = properties.Ensure("storageProfile");
        foreach (var driver in (string[])["diskCSIDriver", "fileCSIDriver", "snapshotController"])
        {
            storage.Ensure(driver).Default("enabled", true);
        }

        properties.Ensure("autoUpgradeProfile").Default("nodeOSUpgradeChannel", "NodeImage");
        properties.Default("workloadAutoScalerProfile", new JsonObject());
        properties.Ensure("metricsProfile").Ensure("costAnalysis").Default("enabled", false);
        var provisioning = properties.Ensure("nodeProvisioningProfile");
        provisioning.Default("mode", "Manual");
        provisioning.Default("defaultNodePools", "Auto");
        properties.Ensure("bootstrapProfile").Default("artifactSource", "Direct");
        if (properties.Object("addonProfiles") is { Count: 0 })
        {
            properties.Remove("addonProfiles");
        }

        foreach (var name in properties.Where(property => property.Value is null).Select(property => property.Key).ToList())
        {
            properties.Remove(name);
        }
    }

    private static void FillVersion(JsonObject properties, JsonObject? before, string name)
    {
        var version = properties.Text("kubernetesVersion") is { Length: > 0 } asked
            ? asked
            : before?.Text("kubernetesVersion") ?? KubernetesVersions.Default;
        properties["kubernetesVersion"] = version;
        var offered = KubernetesVersions.Resolve(version);
        var current = before?.Text("currentKubernetesVersion");
        if (offered is null && KubernetesVersions.Reached(version, current) != version)
        {
            throw new ArmException(
                400,
                "K8sVersionNotSupported",
                $"Managed cluster {name} is on version {version} which is not supported. Supported: "
                    + $"{string.Join(", ", KubernetesVersions.Supported)}. See https://aka.ms/aks-supported-k8s-ver for version details."
            )
            {
                Target = "kubernetesVersion",
                ByProvider = true,
            };
        }

        properties["currentKubernetesVersion"] = current ?? offered; // unchanged during an upgrade, until it ends
    }

    /// <summary>A private cluster's name resolves only in its own network.</summary>
    private static void FillNames(JsonObject properties, string location, string unique)
    {
        var host = properties.Text("fqdnSubdomain") ?? $"{properties.Text("dnsPrefix")}-{unique}";
        var isPrivate = properties.Flag("apiServerAccessProfile", "enablePrivateCluster") == true;
        if (isPrivate)
        {
            var access = properties.Ensure("apiServerAccessProfile");
            access.Default("enablePrivateClusterPublicFQDN", true);
            access.Default("privateDNSZone", "system");
            properties["privateFQDN"] = $"{host}.privatelink.{location}.azmk8s.io";
        }

        if (!isPrivate || properties.Flag("apiServerAccessProfile", "enablePrivateClusterPublicFQDN") != false)
        {
            properties["fqdn"] = $"{host}.hcp.{location}.azmk8s.io";
        }

        properties["azurePortalFQDN"] = $"{host}.portal.hcp.{location}.azmk8s.io";
    }

    private static void FillNetwork(JsonObject network)
    {
        if (network.Text("networkPlugin") is null)
        {
            network["networkPlugin"] = "azure";
            network.Default("networkPluginMode", "overlay");
        }

        if (network.Text("networkPlugin") == "azure")
        {
            network.Default("networkDataplane", "azure");
            network.Default("networkPolicy", network.Text("networkDataplane") == "cilium" ? "cilium" : "none");
        }

        network.Default("ipFamilies", new JsonArray("IPv4"));
        if (network.Text("networkPlugin") == "kubenet" || network.Text("networkPluginMode") == "overlay")
        {
            network.Default("podCidr", "10.244.0.0/16");
            network.Default("podCidrs", Ranges(network, "podCidr", "fd12:3456:789a::/64"));
        }

        network.Default("serviceCidr", "10.0.0.0/16");
        network.Default("serviceCidrs", Ranges(network, "serviceCidr", "fd12:3456:789a:1::/108"));
        network.Default("dnsServiceIP", "10.0.0.10");
        network.Default("outboundType", "loadBalancer");
        network.Default("loadBalancerSku", "standard");
        if (network.Text("outboundType") == "managedNATGateway")
        {
            var gateway = network.Ensure("natGatewayProfile");
            gateway.Default("managedOutboundIPProfile", new JsonObject { ["count"] = 1 });
            gateway.Default("idleTimeoutInMinutes", 4);
        }

        var balancer = network.Ensure("loadBalancerProfile");
        if (network.Text("outboundType") == "loadBalancer" && balancer["outboundIPs"] is null && balancer["outboundIPPrefixes"] is null)
        {
            var outbound = balancer.Ensure("managedOutboundIPs");
            outbound.Default("count", 1);
            if (IsDualStack(network))
            {
                outbound.Default("countIPv6", 1);
            }
        }

        balancer.Default("backendPoolType", "nodeIPConfiguration");
    }

    private static bool IsDualStack(JsonObject network) => network.Texts("ipFamilies").Count > 1;

    /// <summary>The ranges of a dual-stack cluster begin with that of IPv4 (AKS documentation, "Use dual-stack networking").</summary>
    private static JsonArray Ranges(JsonObject network, string name, string ipv6) =>
        IsDualStack(network) ? new JsonArray(network.Text(name), ipv6) : new JsonArray(network.Text(name));

    private static void FillIngress(JsonObject properties)
    {
        if (properties.Object("ingressProfile", "webAppRouting") is { } routing)
        {
            routing.Default("gatewayAPIImplementations", new JsonObject { ["appRoutingIstio"] = new JsonObject { ["mode"] = "Disabled" } });
        }
    }
}
