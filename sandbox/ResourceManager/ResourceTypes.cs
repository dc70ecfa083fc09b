using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>The providers, resource types, api-versions and locations of this Azure.</summary>
internal static class ResourceTypes
{
    public const string ContainerService = "Microsoft.ContainerService";
    public const string Network = "Microsoft.Network";
    public const string Compute = "Microsoft.Compute";
    public const string ManagedIdentity = "Microsoft.ManagedIdentity";
    public const string EventGrid = "Microsoft.EventGrid";
    public const string Features = "Microsoft.Features";
    public const string Resources = "Microsoft.Resources";
    public const string Authorization = "Microsoft.Authorization";

    public static readonly IReadOnlyList<string> Locations =
    [
        "eastus",
        "eastus2",
        "centralus",
        "westus2",
        "westus3",
        "northeurope",
        "westeurope",
        "uksouth",
        "francecentral",
        "germanywestcentral",
        "swedencentral",
        "southeastasia",
        "australiaeast",
        "japaneast",
    ];

    // In Azure's order, previews included: a client without a pinned version takes the first (reference arm.md, section 8).
    private static readonly string[] ContainerServiceVersions =
    [
        "2026-08-01",
        "2026-07-01",
        "2026-06-01",
        "2026-05-01",
        "2026-04-01",
        "2026-03-01",
        "2026-02-01",
        "2026-01-01",
        "2025-10-01",
        "2025-09-01",
        "2025-08-01",
        "2025-07-01",
        "2025-05-01",
        "2025-04-01",
        "2025-03-01",
        "2025-02-01",
        "2025-01-01",
        "2024-10-01",
        "2024-09-01",
        "2024-08-01",
        "2024-07-01",
        "2024-06-01",
        "2024-05-01",
        "2024-02-01",
        "2026-08-02-preview",
        "2026-07-02-preview",
        "2026-06-02-preview",
    ];

    private static readonly string[] NetworkVersions =
    [
        "2026-01-01",
        "2025-07-01",
        "2025-05-01",
        "2025-03-01",
        "2025-01-01",
        "2024-10-01",
        "2024-07-01",
        "2024-05-01",
        "2024-03-01",
        "2024-01-01",
        "2023-11-01",
        "2023-09-01",
    ];

    private static readonly string[] EventGridVersions =
    [
        "2025-02-15",
        "2022-06-15",
        "2021-12-01",
        "2020-06-01",
        "2019-06-01",
        "2019-01-01",
        "2018-01-01",
    ];

    private static readonly string[] ResourcesVersions =
    [
        "2025-04-01",
        "2025-03-01",
        "2024-11-01",
        "2024-07-01",
        "2024-03-01",
        "2023-07-01",
        "2022-12-01",
        "2022-09-01",
        "2021-07-01",
        "2021-04-01",
        "2021-01-01",
        "2020-10-01",
        "2020-06-01",
        "2020-01-01",
        "2019-11-01",
        "2019-10-01",
        "2019-06-01",
        "2019-05-01",
        "2018-05-01",
        "2016-06-01",
    ];

    private static readonly IReadOnlyDictionary<string, (string[] Versions, string[] Types)> Providers = new Dictionary<
        string,
        (string[], string[])
    >(StringComparer.OrdinalIgnoreCase)
    {
        [ContainerService] = (
            ContainerServiceVersions,
            [
                "managedClusters",
                "managedClusters/agentPools",
                "managedClusters/accessProfiles",
                "managedClusters/upgradeProfiles",
                "managedClusters/meshUpgradeProfiles",
                "managedClusters/availableAgentPoolVersions",
                "locations/meshRevisionProfiles",
                "locations/operations",
                "locations/operationResults",
            ]
        ),
        [Network] = (
            NetworkVersions,
            [
                "virtualNetworks",
                "virtualNetworks/subnets",
                "networkSecurityGroups",
                "networkSecurityGroups/securityRules",
                "publicIPAddresses",
                "loadBalancers",
                "locations/operations",
                "locations/operationResults",
            ]
        ),
        // Clients only register these; their resources are not simulated.
        [Compute] = ([], []),
        [ManagedIdentity] = ([], []),
        [Features] = (["2021-07-01", "2025-03-01", "2015-12-01"], ["features", "providers", "subscriptionFeatureRegistrations"]),
        [EventGrid] = (
            EventGridVersions,
            [
                "eventSubscriptions",
                "systemTopics",
                "systemTopics/eventSubscriptions",
                "topicTypes",
                "locations/operations",
                "locations/operationResults",
            ]
        ),
        [Authorization] = (
            ["2022-04-01", "2020-04-01-preview", "2018-01-01-preview", "2015-07-01"],
            ["roleAssignments", "roleDefinitions"]
        ),
        [Resources] = (ResourcesVersions, ["subscriptions", "resourceGroups", "providers", "locations", "operationResults"]),
    };

    public static IEnumerable<string> Namespaces => Providers.Keys;

    /// <summary>The segments of resource types, in Azure's spelling.</summary>
    public static IReadOnlyList<string> TypeNames { get; } =
    [.. Providers.Values.SelectMany(known => known.Types).SelectMany(type => type.Split('/')).Distinct()];

    /// <summary>The namespace in Azure's spelling. Null when unknown.</summary>
    public static string? Namespace(string name) =>
        Providers.Keys.FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));

    public static IReadOnlyList<string> ApiVersions(string provider) =>
        Providers.TryGetValue(provider, out var known) ? known.Versions : [];

    /// <summary>"East US 2" and "eastus2" are the same location.</summary>
    public static string NormalizeLocation(string location) => location.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    public static string RequireLocation(JsonObject body, string type)
    {
        var location = body.Text("location");
        if (string.IsNullOrWhiteSpace(location))
        {
            throw ArmErrors.LocationRequired();
        }

        var normal = NormalizeLocation(location);
        return Locations.Contains(normal) ? normal : throw ArmErrors.LocationNotAvailable(location, type);
    }

    public static JsonArray Describe(string provider) =>
        Providers.TryGetValue(provider, out var known)
            ?
            [
                .. known.Types.Select(type => new JsonObject
                {
                    ["resourceType"] = type,
                    ["locations"] = new JsonArray([.. Locations.Select(location => (JsonNode)location)]),
                    ["apiVersions"] = new JsonArray([.. known.Versions.Select(version => (JsonNode)version)]),
                    ["capabilities"] = "None",
                }),
            ]
            : [];
}
