using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>All kinds of cluster specs: every combination of choices that the validator accepts.</summary>
internal static class ClusterVariants
{
    private static readonly string[] Plugins = ["azure-overlay", "azure", "kubenet"];
    private static readonly string[] Dataplanes = ["azure", "cilium"];
    private static readonly string[] Gateways = ["""["external"]""", """["internal"]""", """["external","internal"]"""];
    private static readonly string[] Access =
    [
        """{"localAccounts":true}""",
        """{"localAccounts":false}""",
        Grouped("true"),
        Grouped("false"),
    ];
    private static readonly string?[] Networks =
    [
        null,
        """{"vnet":"istiovnet","addressPrefix":"10.13.0.0/16","subnet":"istiosubnet","subnetPrefix":"10.13.76.0/24"}""",
    ];
    private const string Identity =
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
        + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes";
    private static readonly string?[] Revisions = [null, "asm-1-30"];

    /// <summary>Options of which each decides about a field of its own.</summary>
    private static readonly string[] Options =
    [
        """ "tier":"standard","upgrades":{"channel":"patch","nodeOsChannel":"SecurityPatch"} """,
        """ "tier":"premium","upgrades":{"channel":"node-image"} """,
        """ "tier":"free","upgrades":{"channel":"none","nodeOsChannel":"None"} """,
        """ "oidcIssuer":true,"workloadIdentity":true """,
        """ "oidcIssuer":false,"workloadIdentity":false """,
        """ "nodePool":{"zones":["1","2"],"autoscaler":{"min":3,"max":9} } """,
        """ "access":{"authorizedIpRanges":["203.0.113.0/24","198.51.100.7"]} """,
        """ "access":{"privateCluster":true,"privateDnsZone":"none"} """,
        """ "extra":{"addonProfiles":{"azurepolicy":{"enabled":true}},"networkProfile":{"podCidr":"10.100.0.0/16"}} """,
        """ "keyVaultSecretsProvider":true """,
        """ "ipFamilies":["IPv4","IPv6"],"strategy":"companionService" """,
        """ "outboundType":"managedNATGateway" """,
        Automatic(""),
        Automatic(""","kubernetesVersion":"1.37","mesh":{"revision":"asm-1-31"},"tier":"standard","outboundType":"managedNATGateway" """),
        Automatic(
            ""","upgrades":{"channel":"stable","nodeOsChannel":"NodeImage"},"workloadIdentity":true,"keyVaultSecretsProvider":true """
        ),
        Automatic($$""","identity":"system","access":{{Grouped("false")}} """),
        Automatic(""","access":{"localAccounts":true,"authorizedIpRanges":["203.0.113.0/24"]} """),
        """ "outboundType":"none","access":{"privateCluster":true} """,
        $$""" "outboundType":"userDefinedRouting","identity":"{{Identity}}","network":{{Networks[1]}} """,
        $$""" "outboundType":"userAssignedNATGateway","identity":"system","network":{{Networks[1]}} """,
    ];
    private static readonly string?[] Versions = [null, "1.34"];

    /// <returns>Each spec with a title that describes it.</returns>
    public static IReadOnlyList<(string Title, ClusterSpec Spec)> Accepted { get; } =
    [
        .. from plugin in Plugins
        from dataplane in Dataplanes
        from gateways in Gateways
        from access in Access
        from network in Networks
        from revision in Revisions
        from version in Versions
        let json = Json(plugin, dataplane, gateways, access, network, revision, version)
        let spec = ClusterValidator.Validate(json).Value
        where spec is not null
        select (json.ToString(), spec),
        .. from options in Options
        let json = JsonElement.Parse($$"""{"location":"eastus2",{{options}}}""")
        select (options, Assert.IsType<ClusterSpec>(ClusterValidator.Validate(json).Value)),
    ];

    private static JsonElement Json(
        string plugin,
        string dataplane,
        string gateways,
        string access,
        string? network,
        string? revision,
        string? version
    )
    {
        var mesh = new JsonObject { ["gateways"] = JsonNode.Parse(gateways) };
        var spec = new JsonObject
        {
            ["location"] = "eastus2",
            ["tags"] = new JsonObject { ["cost centre"] = "it's ${ours}\\" },
            ["networkPlugin"] = plugin,
            ["dataplane"] = dataplane,
            ["mesh"] = mesh,
            ["access"] = JsonNode.Parse(access),
        };
        if (network is not null)
        {
            spec["network"] = JsonNode.Parse(network);
        }

        if (revision is not null)
        {
            mesh["revision"] = revision;
        }

        if (version is not null)
        {
            spec["kubernetesVersion"] = version;
        }

        return JsonSerializer.SerializeToElement(spec);
    }

    private static string Automatic(string more) => $$""" "sku":"automatic","strategy":"gatewayApi","gatewayNamespace":"edge"{{more}} """;

    private static string Grouped(string localAccounts) =>
        $$"""{"localAccounts":{{localAccounts}},"adminGroupObjectIds":["22222222-2222-2222-2222-222222222222"]}""";
}
