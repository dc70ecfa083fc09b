using System.Collections.Frozen;

namespace MeshPort.Arm;

/// <summary>
/// The actions of Azure Resource Manager that MeshPort needs. The role in infra/modules/clusterAccess.bicep has these and no other, with
/// the reason for each; a test compares them.
/// </summary>
internal static class ArmActions
{
    /// <summary>Asked for by a request of this method and path.</summary>
    public static readonly FrozenSet<string> Foreseen = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/subscriptions/resourceGroups/write",
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
        "Microsoft.Resources/subscriptions/providers/read",
        "Microsoft.Features/providers/features/read",
        "Microsoft.Features/providers/features/register/action",
        "Microsoft.ContainerService/register/action",
        "Microsoft.Network/register/action",
        "Microsoft.Compute/register/action",
        "Microsoft.ManagedIdentity/register/action",
        "Microsoft.ContainerService/managedClusters/read",
        "Microsoft.ContainerService/managedClusters/write",
        "Microsoft.ContainerService/managedClusters/delete",
        "Microsoft.ContainerService/managedClusters/agentPools/write",
        "Microsoft.ContainerService/managedClusters/agentPools/delete",
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations/read",
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations/write",
        "Microsoft.ContainerService/managedClusters/maintenanceConfigurations/delete",
        "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        "Microsoft.ContainerService/locations/operations/read",
        "Microsoft.ContainerService/locations/meshRevisionProfiles/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/write",
        "Microsoft.Network/virtualNetworks/delete",
        "Microsoft.Network/virtualNetworks/subnets/read",
        "Microsoft.Network/virtualNetworks/subnets/write",
        "Microsoft.Network/virtualNetworks/subnets/delete",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/networkSecurityGroups/write",
        "Microsoft.Network/networkSecurityGroups/delete",
        "Microsoft.Network/networkSecurityGroups/securityRules/write",
        "Microsoft.Network/networkSecurityGroups/securityRules/delete",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Network/publicIPAddresses/write",
        "Microsoft.Network/publicIPAddresses/delete",
        "Microsoft.ManagedIdentity/userAssignedIdentities/read",
        "Microsoft.Authorization/roleAssignments/read",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleAssignments/delete"
    );

    /// <summary>
    /// Actions that Azure checks as well when a body has this property: attaching a resource needs the right to join or assign it.
    /// </summary>
    public static readonly FrozenDictionary<string, string> Linked = new Dictionary<string, string>
    {
        ["vnetSubnetID"] = "Microsoft.Network/virtualNetworks/subnets/join/action",
        ["userAssignedIdentities"] = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        ["publicIPPrefix"] = "Microsoft.Network/publicIPPrefixes/join/action",
        ["networkSecurityGroup"] = "Microsoft.Network/networkSecurityGroups/join/action",
    }.ToFrozenDictionary();

    /// <summary>The action that a request asks for: provider, the types along its path, and what its method does to them.</summary>
    /// <param name="path">
    /// Such as <c>/subscriptions/{id}/resourceGroups/{name}/providers/{provider}/{type}/{name}</c>. The path of an extension resource has
    /// two providers; the last counts.
    /// </param>
    public static string Of(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var providers = Array.FindLastIndex(segments, segment => segment.Equals("providers", StringComparison.OrdinalIgnoreCase));
        // A feature's own type is called "providers".
        providers -= providers > 1 && segments[providers - 1].Equals("Microsoft.Features", StringComparison.OrdinalIgnoreCase) ? 2 : 0;
        var (provider, rest) =
            providers >= 0 && providers + 2 < segments.Length
                ? (segments[providers + 1], segments[(providers + 2)..])
                : ("Microsoft.Resources", segments);
        var verb = method switch
        {
            "GET" or "HEAD" => "read",
            "PUT" or "PATCH" => "write",
            "DELETE" => "delete",
            _ => "action",
        };
        return $"{provider}/{string.Join('/', rest.Where((_, index) => index % 2 == 0))}/{verb}";
    }

    /// <summary>
    /// Whether MeshPort may send it. A spec may name a feature of any provider, so MeshPort may register any provider again (parameter
    /// featureProviders of the role).
    /// </summary>
    public static bool IsForeseen(string action) => Foreseen.Contains(action) || action.Split('/') is [_, "register", "action"];
}
