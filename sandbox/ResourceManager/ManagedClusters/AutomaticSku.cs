using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// Clusters of AKS Automatic in a network of AKS: what AKS decides itself, and its refusals (AKS documentation, "What is AKS Automatic",
/// "AKS Automatic clusters with managed system node pools" and "Troubleshoot errors when creating or switching to an AKS Automatic
/// cluster"; the code of the refusals and the rule about identities are from public reports). Unknown combinations are refused.
/// </summary>
internal static class AutomaticSku
{
    public const string Name = "Automatic";
    private const string Tier = "Standard";

    /// <summary>From this minor version of Kubernetes, application routing runs an Istio of its own.</summary>
    private const int OwnIstio = 36;

    /// <summary>The values that AKS calls recommended, and takes no others for. The names of most features are not measured.</summary>
    private static readonly (string Feature, string[] Path, JsonValue Value)[] Recommended =
    [
        ("NetworkPlugin", ["networkProfile", "networkPlugin"], JsonValue.Create("azure")),
        ("NetworkPluginMode", ["networkProfile", "networkPluginMode"], JsonValue.Create("overlay")),
        ("NetworkDataplane", ["networkProfile", "networkDataplane"], JsonValue.Create("cilium")),
        ("NetworkPolicy", ["networkProfile", "networkPolicy"], JsonValue.Create("cilium")),
        ("OutboundType", ["networkProfile", "outboundType"], JsonValue.Create("managedNATGateway")),
        ("LoadBalancerSku", ["networkProfile", "loadBalancerSku"], JsonValue.Create("standard")),
        ("NodeProvisioning", ["nodeProvisioningProfile", "mode"], JsonValue.Create("Auto")),
        ("HostedSystem", ["hostedSystemProfile", "enabled"], JsonValue.Create(true)),
        ("AutoUpgrade", ["autoUpgradeProfile", "upgradeChannel"], JsonValue.Create("stable")),
        ("NodeOSUpgrade", ["autoUpgradeProfile", "nodeOSUpgradeChannel"], JsonValue.Create("NodeImage")),
        ("OIDCIssuer", ["oidcIssuerProfile", "enabled"], JsonValue.Create(true)),
        ("WorkloadIdentity", ["securityProfile", "workloadIdentity", "enabled"], JsonValue.Create(true)),
        ("ImageCleaner", ["securityProfile", "imageCleaner", "enabled"], JsonValue.Create(true)),
        ("ImageCleanerInterval", ["securityProfile", "imageCleaner", "intervalHours"], JsonValue.Create(168)),
        ("ManagedAAD", ["aadProfile", "managed"], JsonValue.Create(true)),
        ("AzureRBAC", ["aadProfile", "enableAzureRBAC"], JsonValue.Create(true)),
        ("RBAC", ["enableRBAC"], JsonValue.Create(true)),
        ("VnetIntegration", ["apiServerAccessProfile", "enableVnetIntegration"], JsonValue.Create(true)),
        ("NodeResourceGroupLockdown", ["nodeResourceGroupProfile", "restrictionLevel"], JsonValue.Create("ReadOnly")),
        ("AzurePolicy", ["addonProfiles", "azurepolicy", "enabled"], JsonValue.Create(true)),
        ("KeyvaultSecretsProvider", ["addonProfiles", "azureKeyvaultSecretsProvider", "enabled"], JsonValue.Create(true)),
        ("WebApplicationRouting", ["ingressProfile", "webAppRouting", "enabled"], JsonValue.Create(true)),
        ("KEDA", ["workloadAutoScalerProfile", "keda", "enabled"], JsonValue.Create(true)),
        ("VPA", ["workloadAutoScalerProfile", "verticalPodAutoscaler", "enabled"], JsonValue.Create(true)),
    ];

    /// <summary>AKS documentation, limitations of AKS Automatic clusters (July 2026).</summary>
    private static readonly HashSet<string> Locations = new(StringComparer.Ordinal)
    {
        "australiaeast",
        "austriaeast",
        "belgiumcentral",
        "brazilsouth",
        "canadacentral",
        "centralindia",
        "centralus",
        "chilecentral",
        "denmarkeast",
        "eastasia",
        "eastus",
        "eastus2",
        "francecentral",
        "germanywestcentral",
        "indonesiacentral",
        "israelcentral",
        "italynorth",
        "japaneast",
        "japanwest",
        "koreacentral",
        "malaysiawest",
        "mexicocentral",
        "newzealandnorth",
        "northeurope",
        "norwayeast",
        "polandcentral",
        "southafricanorth",
        "southcentralus",
        "southeastasia",
        "spaincentral",
        "swedencentral",
        "switzerlandnorth",
        "uaenorth",
        "uksouth",
        "westeurope",
        "westus2",
        "westus3",
    };

    /// <param name="resource">A cluster, or the body of a request.</param>
    public static bool Is(JsonObject? resource) => string.Equals(resource?.Text("sku", "name"), Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses a request that AKS refuses for its SKU, and those that the sandbox does not know.</summary>
    /// <exception cref="ArmException">400.</exception>
    public static void Check(JsonObject body, JsonObject? before, string location)
    {
        if (before is not null && Is(before) != Is(body))
        {
            throw ArmErrors.BadRequest(
                Is(body)
                    ? "Migration from AKS base SKU to automatic SKU is not supported."
                    : "The sandbox does not simulate the migration from the SKU Automatic to Base.",
                "sku.name"
            );
        }

        if (!Is(body))
        {
            return;
        }

        if (!Locations.Contains(location))
        {
            throw ArmErrors.BadRequest("Automatic SKU is not supported in this region.", "location");
        }

        RefuseUnknown(body.Properties());
        string[] problems = [.. OfEnvelope(body, before), .. OfFeatures(body.Properties())];
        if (problems.Length > 0)
        {
            throw new ArmException(400, "AKSAutomaticSKUFeatureValidationError", string.Join("; ", problems)) { ByProvider = true };
        }
    }

    /// <summary>The properties with what AKS decides.</summary>
    /// <param name="before">Null for a new cluster.</param>
    public static JsonObject Filled(JsonObject requested, JsonObject? before)
    {
        var properties = (JsonObject)requested.DeepClone();
        foreach (var (_, path, value) in Recommended)
        {
            var place = properties;
            foreach (var name in path[..^1])
            {
                place = place.Ensure(name);
            }

            place.Default(path[^1], value.DeepClone());
        }

        // An update without the profile keeps it. Whether Azure does so is not measured.
        var routing = properties.Ensure("ingressProfile").Ensure("webAppRouting");
        var known = before?.Object("ingressProfile", "webAppRouting", "gatewayAPIImplementations");
        routing.Default("gatewayAPIImplementations", known?.DeepClone() ?? Implementations(properties.Text("kubernetesVersion")));
        return properties;
    }

    /// <exception cref="ArmException">400.</exception>
    public static void RefuseFor(JsonObject cluster, string what)
    {
        if (Is(cluster))
        {
            throw ArmErrors.BadRequest(what);
        }
    }

    private static JsonObject Implementations(string? version) =>
        new()
        {
            ["appRoutingIstio"] = new JsonObject
            {
                ["mode"] =
                    KubernetesVersions.Resolve(version ?? KubernetesVersions.Default) is { } full
                    && KubernetesVersions.MinorNumber(full) >= OwnIstio
                        ? "Enabled"
                        : "Disabled",
            },
        };

    private static void RefuseUnknown(JsonObject properties)
    {
        const string Message =
            "The sandbox simulates the SKU Automatic in a network of AKS, with a public API server and without node pools of the client.";
        ArmErrors.Require(properties.Objects("agentPoolProfiles").Count == 0, "agentPoolProfiles", Message);
        ArmErrors.Require(properties.Text("apiServerAccessProfile", "subnetId") is null, "apiServerAccessProfile.subnetId", Message);
        ArmErrors.Require(
            properties.Flag("apiServerAccessProfile", "enablePrivateCluster") != true,
            "apiServerAccessProfile.enablePrivateCluster",
            Message
        );
        ArmErrors.Require(
            properties.Text("hostedSystemProfile", "nodeSubnetID") is null
                && properties.Text("hostedSystemProfile", "systemNodeSubnetID") is null,
            "hostedSystemProfile",
            Message
        );
    }

    private static IEnumerable<string> OfEnvelope(JsonObject body, JsonObject? before)
    {
        if (body.Text("sku", "tier") is not (null or Tier))
        {
            yield return "Managed cluster 'Automatic' SKU should use Standard tier.";
        }

        var identity = (body.Object("identity") ?? before?.Object("identity"))?.Text("type");
        if (identity is null or "None")
        {
            yield return "Managed cluster 'Automatic' should only allow cluster with managed identity to be created.";
        }
        else if (identity != "SystemAssigned")
        {
            yield return "Managed cluster 'Automatic' SKU should use SAMI when using managed vnet.";
        }
    }

    private static IEnumerable<string> OfFeatures(JsonObject properties) =>
        Recommended
            .Where(one => Find(properties, one.Path) is { } asked && !Same(asked, one.Value))
            .Select(one => $"Managed cluster 'Automatic' SKU should enable '{one.Feature}' feature with recommended values");

    private static JsonNode? Find(JsonObject properties, string[] path) =>
        (path.Length == 1 ? properties : properties.Object(path[..^1]))
            ?.FirstOrDefault(property => string.Equals(property.Key, path[^1], StringComparison.OrdinalIgnoreCase))
            .Value;

    private static bool Same(JsonNode asked, JsonValue value) =>
        JsonNode.DeepEquals(asked, value) || string.Equals($"{asked}", $"{value}", StringComparison.OrdinalIgnoreCase);
}
