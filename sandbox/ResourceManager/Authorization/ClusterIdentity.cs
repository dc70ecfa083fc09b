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

        var message =
            $"The client '{principalId}' with object id '{principalId}' does not have authorization to perform action '{missing}' over "
            + $"scope '{subnetId}' or the scope is invalid. If access was recently granted, please refresh your credentials.";
        return "Retriable: false, RetryAfter: 0s, HTTPStatusCode: 403, RawError: "
            + $"{new JsonObject { ["error"] = new JsonObject { ["code"] = "AuthorizationFailed", ["message"] = message } }.ToJsonString()}";
    }
}
