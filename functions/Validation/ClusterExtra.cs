using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Reads the field <c>extra</c> of a cluster's spec, and refuses properties that the spec has a field for, and secrets, since MeshPort
/// stores and shows the spec. Azure checks the rest.
/// </summary>
internal static class ClusterExtra
{
    private const int Longest = 16384; // characters

    /// <summary>The paths of properties, each with the field of the spec; null for one that the spec must not have.</summary>
    private static readonly (string Path, string? Field)[] Named =
    [
        ("kubernetesVersion", "kubernetesVersion"),
        ("dnsPrefix", null),
        ("enableRBAC", null),
        ("disableLocalAccounts", "access.localAccounts"),
        ("aadProfile/managed", "access.localAccounts"),
        ("aadProfile/enableAzureRBAC", "access.localAccounts"),
        ("aadProfile/adminGroupObjectIDs", "access.adminGroupObjectIds"),
        ("agentPoolProfiles", "nodePool and nodePools"),
        ("networkProfile/networkPlugin", "networkPlugin"),
        ("networkProfile/networkPluginMode", "networkPlugin"),
        ("networkProfile/networkDataplane", "dataplane"),
        ("networkProfile/ipFamilies", "ipFamilies"),
        ("networkProfile/loadBalancerSku", null),
        ("networkProfile/outboundType", "outboundType"),
        ("bootstrapProfile/artifactSource", "outboundType"),
        ("serviceMeshProfile", "mesh"),
        ("ingressProfile/gatewayAPI", "strategy"),
        ("autoUpgradeProfile/upgradeChannel", "upgrades.channel"),
        ("autoUpgradeProfile/nodeOSUpgradeChannel", "upgrades.nodeOsChannel"),
        ("oidcIssuerProfile/enabled", "oidcIssuer"),
        ("securityProfile/workloadIdentity", "workloadIdentity"),
        ("addonProfiles/azureKeyvaultSecretsProvider", "keyVaultSecretsProvider"),
        ("apiServerAccessProfile/authorizedIPRanges", "access.authorizedIpRanges"),
        ("apiServerAccessProfile/enablePrivateCluster", "access.privateCluster"),
        ("apiServerAccessProfile/privateDNSZone", "access.privateDnsZone"),
        ("servicePrincipalProfile", null),
        ("aadProfile/serverAppSecret", null),
        ("windowsProfile/adminPassword", null),
    ];

    public static JsonObject? Read(SpecReader reader)
    {
        if (reader.Json("extra") is not { } element)
        {
            return null;
        }

        if (element.GetRawText().Length > Longest)
        {
            reader.Error("extra", "TooMany", $"The object has more than {Longest} characters. Write fewer properties.");
        }

        Check(reader, element, "");
        return JsonObject.Create(element);
    }

    /// <summary>The Cilium data plane brings its own policy engine.</summary>
    public static void CheckTogether(ClusterSpec cluster, SpecReader reader)
    {
        if (
            cluster is { Dataplane: Dataplane.Cilium, Extra: { } extra }
            && Find(extra, "networkProfile") is JsonObject network
            && Find(network, "networkPolicy") is not null
        )
        {
            reader.Error(
                "extra/networkProfile/networkPolicy",
                "InvalidCombination",
                "The cilium data plane enforces network policies itself. Remove this property, or choose dataplane azure."
            );
        }
    }

    private static void Check(SpecReader reader, JsonElement element, string path)
    {
        var properties = element.EnumerateObject().ToList();
        foreach (
            var twice in properties.GroupBy(property => property.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1)
        )
        {
            reader.Error(
                $"extra{Pointer(path, twice.Key)}",
                "Duplicate",
                $"'{twice.Key}' is written twice; Azure ignores case. Write it once."
            );
        }

        foreach (var property in properties)
        {
            var here = path.Length == 0 ? property.Name : $"{path}/{property.Name}";
            if (
                Named.FirstOrDefault(named => string.Equals(named.Path, here, StringComparison.OrdinalIgnoreCase)) is
                { Path: not null } named
            )
            {
                reader.Error(
                    $"extra{Pointer(path, property.Name)}",
                    "InvalidCombination",
                    named.Field is null
                        ? $"MeshPort does not let a spec set '{property.Name}'. Remove it."
                        : $"The spec has a field for '{property.Name}'. Remove it, and use {named.Field}."
                );
            }
            else if (property.Value.ValueKind == JsonValueKind.Object)
            {
                Check(reader, property.Value, here);
            }
            else if (HasPassword(property.Value))
            {
                reader.Error(
                    $"extra{Pointer(path, property.Name)}",
                    "InvalidCombination",
                    $"'{property.Name}' has a URL with a password, and MeshPort stores and shows the spec. Use a URL without one."
                );
            }
        }
    }

    /// <summary>Whether a value, such as that of httpProxyConfig.httpProxy, is a URL with a password.</summary>
    private static bool HasPassword(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => Uri.TryCreate(value.GetString(), UriKind.Absolute, out var url) && url.UserInfo.Contains(':'),
            JsonValueKind.Array => value.EnumerateArray().Any(HasPassword),
            JsonValueKind.Object => value.EnumerateObject().Any(property => HasPassword(property.Value)),
            _ => false,
        };

    private static string Pointer(string path, string name) =>
        string.Concat(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Append(name).Select(step => $"/{JsonPointer.Escape(step)}"));

    private static JsonNode? Find(JsonObject place, string name) =>
        place.FirstOrDefault(property => string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
