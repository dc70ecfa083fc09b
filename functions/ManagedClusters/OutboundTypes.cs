using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The way out of a cluster, pure. AKS changes it within the kind of network only ("Customize cluster egress with outbound types" and
/// "Create a network isolated AKS cluster" of the AKS documentation); <see cref="ImmutableFields"/> reports any other change.
/// <code>
/// the nodes are in    changes among
/// a network of AKS    loadBalancer, managedNATGateway, and from these to none
/// another subnet      loadBalancer, userAssignedNATGateway, userDefinedRouting, and from these to none
/// </code>
/// </summary>
internal static class OutboundTypes
{
    private const string Profile = "networkProfile";
    private const string Field = "outboundType";
    private static readonly string[] OfAks = [Name(OutboundType.LoadBalancer), Name(OutboundType.ManagedNatGateway)];
    private static readonly string[] OfSubnets =
    [
        Name(OutboundType.LoadBalancer),
        Name(OutboundType.UserAssignedNatGateway),
        Name(OutboundType.UserDefinedRouting),
    ];

    /// <summary>Azure's name is the spec's.</summary>
    public static string Name(OutboundType type) => ChoiceNames<OutboundType>.All.First(choice => choice.Value == type).Key;

    /// <returns>Null when Azure does not tell.</returns>
    public static string? Find(JsonNode? properties) => properties?[Profile]?[Field]?.GetValue<string>();

    /// <returns>Whether AKS changes the way out of this cluster to the wanted one.</returns>
    public static bool MayBecome(JsonNode? properties, string wanted)
    {
        var isOwn = properties.Items("agentPoolProfiles").Any(pool => pool["vnetSubnetID"] is not null);
        var choices = isOwn ? OfSubnets : OfAks;
        return Find(properties) is not { } found
            || ManagedClusterBody.Same(found, wanted)
            || (
                choices.Any(choice => ManagedClusterBody.Same(choice, found))
                && (wanted == Name(OutboundType.None) || choices.Contains(wanted))
            );
    }

    /// <param name="properties">Of a new cluster, or of one that exists.</param>
    /// <returns>Whether the cluster had another way out.</returns>
    public static bool Write(JsonObject properties, ClusterSpec spec)
    {
        if (
            spec.OutboundType is not { } type
            || Name(type) is var wanted && (ManagedClusterBody.Same(Find(properties), wanted) || !MayBecome(properties, wanted))
        )
        {
            return false;
        }

        var profile = ManagedClusterBody.Child(properties, Profile);
        profile[Field] = wanted;
        if (type != OutboundType.LoadBalancer)
        {
            profile.Remove("loadBalancerProfile"); // the addresses of the former way out
        }

        if (type != OutboundType.ManagedNatGateway)
        {
            profile.Remove("natGatewayProfile");
        }

        if (type == OutboundType.None)
        {
            ManagedClusterBody.Child(properties, "bootstrapProfile")["artifactSource"] = "Cache";
        }

        return true;
    }

    /// <returns>The line of a dry run about what a person must do for this way out; null when there is nothing.</returns>
    public static string? Notice(ClusterSpec spec) =>
        spec.OutboundType switch
        {
            null or OutboundType.LoadBalancer => null,
            OutboundType.None => "Nodes have no way out: workloads need images of a container registry inside the network.",
            { } type when spec.Access.AuthorizedIpRanges is { Count: > 0 } =>
                $"Nodes reach the API server by {Name(type)}. Add the addresses of this way out to access.authorizedIpRanges.",
            _ => null,
        };
}
