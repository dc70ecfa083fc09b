using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager.Authorization;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Derives the shape of the Kubernetes side from an ARM resource.</summary>
internal static partial class ClusterShapes
{
    public static ClusterShape From(string id, JsonObject cluster)
    {
        var properties = cluster.Properties();
        var pools = properties.Objects("agentPoolProfiles");
        var first = pools.FirstOrDefault() ?? []; // only AKS Automatic has none
        var version = properties.Text("currentKubernetesVersion") ?? "";
        var shape = new ClusterShape(
            id,
            cluster.Text("name") ?? "",
            cluster.Text("location") ?? "",
            version,
            first.Text("name") ?? "",
            first.Number("count") ?? 0,
            first.Text("vmSize") ?? "",
            first.Text("vnetSubnetID"),
            LocalAccounts: properties.Flag("disableLocalAccounts") != true,
            EntraIntegrated: properties.Flag("aadProfile", "managed") == true,
            Mesh(properties.Object("serviceMeshProfile"))
        )
        {
            PrincipalId = ClusterIdentity.PrincipalId(cluster),
            AzureRbac = properties.Flag("aadProfile", "enableAzureRBAC") == true,
            AdminGroups = properties.Texts("aadProfile", "adminGroupObjectIDs"),
            GatewayApi = properties.Text("ingressProfile", "gatewayAPI", "installation") == "Standard",
            Private = properties.Flag("apiServerAccessProfile", "enablePrivateCluster") == true,
            AuthorizedRanges = properties.Texts("apiServerAccessProfile", "authorizedIPRanges"),
            EnforcesNetworkPolicies = properties.Text("networkProfile", "networkPolicy") is "azure" or "calico" or "cilium",
            HasEgress = properties.Text("networkProfile", "outboundType") != "none",
            NetworkPlugin = properties.Text("networkProfile", "networkPlugin") ?? "azure",
            IpFamilies = properties.Texts("networkProfile", "ipFamilies") is { Count: > 0 } families ? families : ["IPv4"],
            SecretsProvider = SecretsProvider(NodeGroupProfiles.SecretsProvider(properties)),
            Stopped = properties.Text("powerState", "code") == ClusterDocument.Stopped,
            Pools = [.. pools.Select(Pool)],
        };
        return AutomaticSku.Is(cluster) ? shape with { IsAutomatic = true, Pools = OfAutomatic(version) } : shape;
    }

    /// <summary>
    /// The nodes of the system, of which AKS runs the first three in a subscription of its own (a public report of May 2026).
    /// </summary>
    private static IReadOnlyList<NodePoolShape> OfAutomatic(string version) =>
        [
            new("hostedpool", "System", 3, "Standard_D4lds_v5", version) { OsSku = "AzureLinux", IsReserved = true },
            new("system-surge", "System", 1, "Standard_D2als_v6", version) { OsSku = "AzureLinux", IsReserved = true },
        ];

    private static NodePoolShape Pool(JsonObject pool) =>
        new(
            pool.Text("name") ?? "",
            pool.Text("mode") ?? "User",
            pool.Text("powerState", "code") == ClusterDocument.Stopped ? 0 : pool.Number("count") ?? 0,
            pool.Text("vmSize") ?? "",
            pool.Text("currentOrchestratorVersion") ?? ""
        )
        {
            MaxPods = pool.Number("maxPods") ?? 250,
            OsSku = pool.Text("osSKU") ?? "Ubuntu",
        };

    /// <summary>It rotates every two minutes unless its configuration says otherwise (AKS documentation, "Manage autorotation").</summary>
    private static SecretsProviderShape? SecretsProvider(JsonObject? addOn) =>
        addOn?.Flag("enabled") == true && addOn.Object("identity") is { } identity
            ? new SecretsProviderShape(
                identity.Text("clientId") ?? "",
                identity.Text("objectId") ?? "",
                addOn.Text("config", "enableSecretRotation") != "true" ? null
                    : Interval().Match(addOn.Text("config", "rotationPollInterval") ?? "") is { Success: true } asked
                        ? TimeSpan.FromSeconds(
                            int.Parse(asked.Groups["number"].Value, CultureInfo.InvariantCulture)
                                * (
                                    asked.Groups["unit"].Value switch
                                    {
                                        "h" => 3600,
                                        "m" => 60,
                                        _ => 1,
                                    }
                                )
                        )
                    : TimeSpan.FromMinutes(2)
            )
            : null;

    [GeneratedRegex("^(?<number>[1-9][0-9]{0,5})(?<unit>[hms])$")]
    private static partial Regex Interval();

    private static MeshShape? Mesh(JsonObject? profile)
    {
        if (profile?.Text("mode") != "Istio")
        {
            return null;
        }

        var gateways = profile.Objects("istio", "components", "ingressGateways");
        return new MeshShape(profile.Texts("istio", "revisions"), IsEnabled(gateways, "External"), IsEnabled(gateways, "Internal"));
    }

    private static bool IsEnabled(IReadOnlyList<JsonObject> gateways, string mode) =>
        gateways.Any(gateway => gateway.Text("mode") == mode && gateway.Flag("enabled") == true);
}
