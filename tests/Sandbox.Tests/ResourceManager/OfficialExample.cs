using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>One file of the official examples: the parameters of a call and its answers by status.</summary>
internal sealed class OfficialExample
{
    /// <summary>Relative to the root of the repository. The reference is beside it.</summary>
    private const string Folder = "../shared/reference/arm/examples";
    private const string Cluster = "resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}";
    private const string Features = "providers/Microsoft.Features";
    private const string Network = "resourceGroups/{resourceGroupName}/providers/Microsoft.Network";

    // A file's name determines its operation. The longest prefix wins.
    private static readonly (string Name, string Method, string Path)[] Operations =
    [
        ("ManagedClustersCreate", "PUT", Cluster),
        ("AdvancedNetworkingTransitEncryption", "PUT", Cluster),
        ("ManagedClustersUpdateTags", "PATCH", Cluster),
        ("ManagedClustersGet", "GET", Cluster),
        ("ManagedClustersList", "GET", "providers/Microsoft.ContainerService/managedClusters"),
        ("ManagedClustersDelete", "DELETE", Cluster),
        ("ManagedClustersListClusterAdminCredentials", "POST", Cluster + "/listClusterAdminCredential"),
        ("ManagedClustersListClusterUserCredentials", "POST", Cluster + "/listClusterUserCredential"),
        ("ManagedClustersList_MeshRevisionProfiles", "GET", "providers/Microsoft.ContainerService/locations/eastus2/meshRevisionProfiles"),
        (
            "ManagedClustersGet_MeshRevisionProfile",
            "GET",
            "providers/Microsoft.ContainerService/locations/eastus2/meshRevisionProfiles/istio"
        ),
        ("ManagedClustersGet_MeshUpgradeProfile", "GET", Cluster + "/meshUpgradeProfiles/istio"),
        ("OperationStatusResultGet", "GET", Cluster + "/operations/{operationId}"),
        ("OperationStatusResultList", "GET", Cluster + "/operations"),
        ("AgentPoolsGet", "GET", Cluster + "/agentPools/{agentPoolName}"),
        ("getFeature", "GET", Features + "/providers/Microsoft.ContainerService/features/ManagedGatewayAPIPreview"),
        ("registerFeature", "POST", Features + "/providers/Microsoft.ContainerService/features/ManagedGatewayAPIPreview/register"),
        ("unregisterFeature", "POST", Features + "/providers/Microsoft.ContainerService/features/ManagedGatewayAPIPreview/unregister"),
        ("listProviderFeatures", "GET", Features + "/providers/Microsoft.ContainerService/features"),
        ("listSubscriptionFeatures", "GET", Features + "/features"),
        (
            "SubscriptionFeatureRegistrationPUT",
            "PUT",
            Features + "/featureProviders/Microsoft.ContainerService/subscriptionFeatureRegistrations/ApprovalGatedPreview"
        ),
        ("GetProvider", "GET", "providers/Microsoft.ContainerService"),
        ("GetSubscription", "GET", ""),
        ("VirtualNetworkCreate", "PUT", Network + "/virtualNetworks/{virtualNetworkName}"),
        ("VirtualNetworkGet", "GET", Network + "/virtualNetworks/{virtualNetworkName}"),
        ("SubnetCreate", "PUT", Network + "/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"),
        ("SubnetGet", "GET", Network + "/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}"),
        (
            "NetworkSecurityGroupRuleCreate",
            "PUT",
            Network + "/networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}"
        ),
        ("NetworkSecurityGroupGet", "GET", Network + "/networkSecurityGroups/{networkSecurityGroupName}"),
    ];

    private readonly JsonObject _parameters;
    private readonly JsonObject _responses;
    private readonly string _path;

    private OfficialExample(string name, JsonObject document)
    {
        Name = name;
        _parameters = document["parameters"]!.AsObject();
        _responses = document["responses"]?.AsObject() ?? [];
        var file = Path.GetFileNameWithoutExtension(name);
        (_, Method, _path) = Operations
            .Where(known => file.StartsWith(known.Name, StringComparison.Ordinal))
            .MaxBy(known => known.Name.Length)
            is { Method: not null } operation
            ? operation
            : throw new InvalidOperationException($"No operation is known for the example {name}.");
    }

    public string Name { get; }

    public string Method { get; }

    /// <summary>Each example has its own subscription, so that examples do not share resources.</summary>
    public string Subscription { get; } = $"/subscriptions/{Guid.NewGuid()}";

    public string Group => $"{Subscription}/resourceGroups/{_parameters["resourceGroupName"]}";

    public string ApiVersion => _parameters["api-version"]!.ToString();

    public JsonObject? Body => _parameters.Select(parameter => parameter.Value).OfType<JsonObject>().FirstOrDefault();

    public static bool Available => Directory.Exists(Root);

    public static IEnumerable<string> Names =>
        Directory
            .EnumerateFiles(Root, "*.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private static string Root => Path.GetFullPath(Path.Combine(Repository.Root, Folder));

    /// <summary>
    /// Reads a file and replaces its placeholders. Replaces a one-core size by the next one, because AKS refuses one core for a system
    /// pool, and an unsupported revision by a supported one.
    /// </summary>
    public static OfficialExample Read(string name) =>
        new(
            name,
            JsonNode
                .Parse(
                    File.ReadAllText(Path.Combine(Root, name))
                        .Replace("location1", "eastus2", StringComparison.Ordinal)
                        .Replace("asm-1-27", "asm-1-29", StringComparison.Ordinal)
                        .Replace("\"westus\"", "\"westus2\"", StringComparison.Ordinal)
                        .Replace("Standard_DS1_v2", "Standard_DS2_v2", StringComparison.Ordinal)
                )!
                .AsObject()
        );

    public JsonObject? Response(string status) => _responses[status]?["body"]?.AsObject();

    /// <summary>Sets the value of a placeholder that only the sandbox knows, such as the id of an operation.</summary>
    public void Fill(string parameter, string value) => _parameters[parameter] = value;

    /// <summary>The path and query of the call, or of its ancestor <paramref name="levels"/> segments above.</summary>
    public string Url(int levels = 0)
    {
        var path = $"{Subscription}/{_path}".TrimEnd('/');
        foreach (var (name, value) in _parameters)
        {
            path = path.Replace($"{{{name}}}", value!.ToString(), StringComparison.Ordinal);
        }

        return $"{string.Join('/', path.Split('/')[..^levels])}?api-version={ApiVersion}";
    }
}
