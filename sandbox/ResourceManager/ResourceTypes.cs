using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>The providers, resource types, api-versions and locations of this Azure.</summary>
internal static class ResourceTypes
{
    public const string ContainerService = "Microsoft.ContainerService";
    public const string Network = "Microsoft.Network";
    public const string Compute = "Microsoft.Compute";
    public const string ManagedIdentity = "Microsoft.ManagedIdentity";
    public const string KeyVault = "Microsoft.KeyVault";
    public const string EventGrid = "Microsoft.EventGrid";
    public const string Features = "Microsoft.Features";
    public const string Resources = "Microsoft.Resources";
    public const string Authorization = "Microsoft.Authorization";

    /// <summary>The names of all regions.</summary>
    public static IReadOnlyList<string> Locations { get; } = [.. Region.All.Select(region => region.Name)];

    private static readonly IReadOnlyDictionary<string, string[]> Providers = new Dictionary<string, string[]>(
        StringComparer.OrdinalIgnoreCase
    )
    {
        [ContainerService] =
        [
            "managedClusters",
            "managedClusters/agentPools",
            "managedClusters/agentPools/machines",
            "managedClusters/accessProfiles",
            "managedClusters/upgradeProfiles",
            "managedClusters/meshUpgradeProfiles",
            "managedClusters/availableAgentPoolVersions",
            "managedClusters/maintenanceConfigurations",
            "managedClusters/privateEndpointConnections",
            "managedClusters/privateLinkResources",
            "managedClusters/trustedAccessRoleBindings",
            "locations/guardrailsVersions",
            "locations/kubernetesVersions",
            "locations/meshRevisionProfiles",
            "locations/nodeImageVersions",
            "locations/operations",
            "locations/operationResults",
            "locations/orchestrators",
            "locations/osOptions",
            "locations/safeguardsVersions",
            "locations/trustedAccessRoles",
            "locations/usages",
        ],
        [Network] =
        [
            "virtualNetworks",
            "virtualNetworks/subnets",
            "networkSecurityGroups",
            "networkSecurityGroups/securityRules",
            "routeTables",
            "routeTables/routes",
            "natGateways",
            "publicIPAddresses",
            "publicIPPrefixes",
            "loadBalancers",
            "locations/operations",
            "locations/operationResults",
            "locations/serviceTags",
            "locations/usages",
        ],
        [Compute] = ["virtualMachineScaleSets", "locations/usages", "locations/vmSizes", "skus"],
        [ManagedIdentity] = ["userAssignedIdentities"],
        [KeyVault] = ["vaults"],
        [Features] = ["features", "providers", "subscriptionFeatureRegistrations"],
        [EventGrid] =
        [
            "eventSubscriptions",
            "systemTopics",
            "systemTopics/eventSubscriptions",
            "topicTypes",
            "locations/operations",
            "locations/operationResults",
        ],
        [Authorization] = ["roleAssignments", "roleDefinitions"],
        [Resources] = ["subscriptions", "resourceGroups", "providers", "locations", "operationResults"],
    };

    public static IEnumerable<string> Namespaces => Providers.Keys;

    /// <summary>The segments of resource types, in Azure's spelling.</summary>
    public static IReadOnlyList<string> TypeNames { get; } =
    [.. Providers.Values.SelectMany(types => types).SelectMany(type => type.Split('/')).Distinct()];

    /// <summary>The namespace in Azure's spelling. Null when unknown.</summary>
    public static string? Namespace(string name) =>
        Providers.Keys.FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the provider has the type that a path's type begins with.</summary>
    public static bool Has(string provider, string path) =>
        Providers.TryGetValue(provider, out var types)
        && types.Any(type => string.Equals(type.Split('/')[0], path.Split('/')[0], StringComparison.OrdinalIgnoreCase));

    /// <summary>The known type at the beginning of a path's type, which may end in an action. The path's type if none is known.</summary>
    public static string TypeOf(string provider, string path) =>
        (Providers.TryGetValue(provider, out var types) ? types : [])
            .Where(type => $"{path}/".StartsWith($"{type}/", StringComparison.OrdinalIgnoreCase))
            .MaxBy(type => type.Length)
        ?? path;

    /// <summary>"East US 2" and "eastus2" are the same location.</summary>
    public static string NormalizeLocation(string location) => location.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The location in a request's body.</summary>
    public static string RequireLocation(JsonObject body, string type) =>
        body.Text("location") is { } location && !string.IsNullOrWhiteSpace(location)
            ? RequireLocation(location, type)
            : throw ArmErrors.LocationRequired();

    /// <summary>The location in a request's path.</summary>
    public static string RequireLocation(ArmRequest request, string type) => RequireLocation(request.Route("location"), type);

    private static string RequireLocation(string location, string type)
    {
        var normal = NormalizeLocation(location);
        return Locations.Contains(normal) ? normal : throw ArmErrors.LocationNotAvailable(location, type);
    }

    /// <summary>As in Azure, regions by their display names and api-versions newest first.</summary>
    public static JsonArray Describe(string provider) =>
        Providers.TryGetValue(provider, out var types)
            ?
            [
                .. types.Select(type => new JsonObject
                {
                    ["resourceType"] = type,
                    ["locations"] = new JsonArray([.. Region.All.Select(region => (JsonNode)region.DisplayName)]),
                    ["apiVersions"] = new JsonArray([.. ApiVersions.Of(provider, type).Reverse().Select(version => (JsonNode)version)]),
                    ["capabilities"] = "None",
                }),
            ]
            : [];
}
