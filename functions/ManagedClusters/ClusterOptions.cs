using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The options of a cluster that AKS allows to change later, pure: tier, upgrade channels, OIDC issuer, workload identity, the
/// autoscaler of the node pool, access to the API server (<see cref="ApiServerAccess"/>), the way out (<see cref="OutboundTypes"/>), the
/// identity (<see cref="ClusterIdentity"/>), the add-on that reads key vaults (<see cref="SecretsProviderAddOn"/>), and what the spec does
/// not name (<see cref="ExtraProperties"/>). An option that is absent stays as it is. Sources: "Free, Standard and Premium pricing tiers",
/// "Automatically upgrade an AKS cluster", "Use the cluster
/// autoscaler" and "Create an OpenID Connect provider" of the AKS documentation.
/// </summary>
internal static class ClusterOptions
{
    /// <param name="body">A new cluster, or one that exists.</param>
    /// <returns>Whether the body had other values.</returns>
    public static bool Write(JsonObject body, JsonObject properties, ClusterSpec spec, bool isNew) =>
        Set(body, ["sku", "tier"], spec.Tier is { } tier ? $"{tier}" : null)
        | Set(properties, ["autoUpgradeProfile", "upgradeChannel"], Channel(spec.Upgrades.Channel))
        | Set(properties, ["autoUpgradeProfile", "nodeOSUpgradeChannel"], NodeOsChannel(spec.Upgrades))
        | Set(properties, ["oidcIssuerProfile", "enabled"], Issuer(properties, spec))
        | Set(properties, ["securityProfile", "workloadIdentity", "enabled"], spec.WorkloadIdentity)
        | (ManagedClusterBody.Pool(properties, spec) is { } pool && NodePoolBody.WriteAutoscaler(pool, spec.NodePool))
        | ApiServerAccess.Write(properties, spec.Access, isNew)
        | OutboundTypes.Write(properties, spec)
        | ClusterIdentity.Write(body, spec)
        | SecretsProviderAddOn.Write(properties, spec)
        | ExtraProperties.Write(properties, spec.Extra);

    /// <summary>Workload identity needs the issuer. AKS cannot switch it off (<see cref="ImmutableFields"/> reports that).</summary>
    private static bool? Issuer(JsonObject properties, ClusterSpec spec) =>
        spec.WorkloadIdentity == true ? true
        : spec.OidcIssuer == false && properties["oidcIssuerProfile"]?["enabled"]?.GetValue<bool>() == true ? null
        : spec.OidcIssuer;

    /// <summary>The channel node-image works with no other channel of the node OS.</summary>
    private static string? NodeOsChannel(UpgradesSpec upgrades) =>
        (upgrades.NodeOsChannel ?? (upgrades.Channel == UpgradeChannel.NodeImage ? Model.NodeOsChannel.NodeImage : null))?.ToString();

    private static string? Channel(UpgradeChannel? channel) =>
        channel switch
        {
            null => null,
            UpgradeChannel.NodeImage => "node-image",
            var other => $"{other}".ToLowerInvariant(),
        };

    /// <param name="wanted">Null leaves the field as it is.</param>
    internal static bool Set(JsonObject place, ReadOnlySpan<string> path, JsonNode? wanted)
    {
        if (wanted is null)
        {
            return false;
        }

        foreach (var name in path[..^1])
        {
            place = ManagedClusterBody.Child(place, name);
        }

        var found = place[path[^1]];
        if (JsonNode.DeepEquals(found, wanted) || string.Equals($"{found}", $"{wanted}", StringComparison.OrdinalIgnoreCase))
        {
            return false; // ARM's choices come back in any case
        }

        place[path[^1]] = wanted;
        return true;
    }
}
