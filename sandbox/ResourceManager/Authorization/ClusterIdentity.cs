using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>As whom a cluster's controllers ask Azure for what its Services and nodes need.</summary>
internal static class ClusterIdentity
{
    /// <summary>What a load balancer's making reads and joins first (https://github.com/Azure/AKS/issues/1557, /357).</summary>
    private static readonly string[] Needed =
    [
        "Microsoft.Network/virtualNetworks/subnets/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ];

    /// <summary>Of the cluster's own identity, or of the one that it was given; null for a service principal.</summary>
    public static string? PrincipalId(JsonObject cluster) =>
        cluster.Text("identity", "principalId")
        ?? (cluster.Object("identity", "userAssignedIdentities") ?? [])
            .Select(assigned => (assigned.Value as JsonObject)?.Text("principalId"))
            .FirstOrDefault();

    /// <summary>Why the controllers cannot use a brought subnet, as Azure tells them; null when they can.</summary>
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
            $"The client '{principalId}' with object id '{principalId}' does not have authorization to perform action '{missing}' over scope '{subnetId}' or the scope is invalid. If access was recently granted, please refresh your credentials.";
        return $"Retriable: false, RetryAfter: 0s, HTTPStatusCode: 403, RawError: {new JsonObject { ["error"] = new JsonObject { ["code"] = "AuthorizationFailed", ["message"] = message } }.ToJsonString()}";
    }
}
