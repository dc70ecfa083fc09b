using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>The identity with which a cluster's controllers call Azure.</summary>
internal static class ClusterIdentity
{
    /// <summary>The actions needed before a load balancer can be created (https://github.com/Azure/AKS/issues/1557, /357).</summary>
    private static readonly string[] Needed =
    [
        "Microsoft.Network/virtualNetworks/subnets/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ];

    /// <summary>The cluster's system-assigned or user-assigned identity. Null for a service principal.</summary>
    public static string? PrincipalId(JsonObject cluster) =>
        cluster.Text("identity", "principalId")
        ?? (cluster.Object("identity", "userAssignedIdentities") ?? [])
            .Select(assigned => (assigned.Value as JsonObject)?.Text("principalId"))
            .FirstOrDefault();

    /// <summary>Azure's error when the controllers cannot use a customer's subnet. Null when they can.</summary>
    public static string? SubnetProblem(RoleAssignmentStore assignments, string? principalId, string? subnetId)
    {
        if (
            principalId is null
            || subnetId is null
            || Needed.FirstOrDefault(action => !assignments.Allows(principalId, action, subnetId)) is not { } missing
        )
        {
            return null;
        }

        return Refusal(principalId, missing, subnetId);
    }

    /// <summary>Azure's error when the controllers cannot use an address outside the node resource group. Null when they can.</summary>
    /// <param name="group">The id of the resource group, which the controllers list (AKS documentation, "Use a static public IP").</param>
    /// <param name="addressId">Null while the address is not known.</param>
    public static string? AddressProblem(RoleAssignmentStore assignments, string? principalId, string group, string? addressId)
    {
        const string Read = "Microsoft.Network/publicIPAddresses/read";
        const string Join = "Microsoft.Network/publicIPAddresses/join/action";
        return principalId is null ? null
            : !assignments.Allows(principalId, Read, group) ? Refusal(principalId, Read, $"{group}/providers/Microsoft.Network")
            : addressId is not null && !assignments.Allows(principalId, Join, addressId)
                ? CloudProviderError(
                    403,
                    "LinkedAuthorizationFailed",
                    $"The client '{principalId}' with object id '{principalId}' has permission to perform action "
                        + "'Microsoft.Network/loadBalancers/write'; however, it does not have permission to perform action "
                        + $"'{Join}' on the linked scope(s) '{addressId}' or the linked scope(s) are invalid."
                )
            : null;
    }

    /// <summary>An error of Azure as the cloud provider reports it in the Events of a Service.</summary>
    public static string CloudProviderError(int status, string code, string message) =>
        $"Retriable: false, RetryAfter: 0s, HTTPStatusCode: {status}, RawError: "
        + new JsonObject
        {
            ["error"] = new JsonObject { ["code"] = code, ["message"] = message },
        }.ToJsonString();

    private static string Refusal(string principalId, string action, string scope) =>
        CloudProviderError(
            403,
            "AuthorizationFailed",
            $"The client '{principalId}' with object id '{principalId}' does not have authorization to perform action '{action}' over "
                + $"scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        );
}
