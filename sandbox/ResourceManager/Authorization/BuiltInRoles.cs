using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>
/// Azure's built-in roles for networks, clusters and key vaults (Learn, "Azure built-in roles"). Custom roles are not simulated.
/// </summary>
internal static class BuiltInRoles
{
    private static readonly IReadOnlyList<BuiltInRole> All =
    [
        new(
            "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
            "Owner",
            "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
            ["*"],
            []
        ),
        new(
            "b24988ac-6180-42a0-ab88-20f7382dd24c",
            "Contributor",
            "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC.",
            ["*"],
            ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action"]
        ),
        new(
            "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "Reader",
            "View all resources, but does not allow you to make any changes.",
            ["*/read"],
            []
        ),
        new(
            "4d97b98b-1d4f-4787-a291-c67834d212e7",
            "Network Contributor",
            "Lets you manage networks, but not access to them.",
            [
                "Microsoft.Authorization/*/read",
                "Microsoft.Insights/alertRules/*",
                "Microsoft.Network/*",
                "Microsoft.ResourceHealth/availabilityStatuses/read",
                "Microsoft.Resources/deployments/*",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                "Microsoft.Support/*",
            ],
            []
        ),
        new(
            "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
            "User Access Administrator",
            "Lets you manage user access to Azure resources.",
            ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
            []
        ),
        new(
            "f1a07417-d97a-45cb-824c-7a7467783830",
            "Managed Identity Operator",
            "Read and Assign User Assigned Identity",
            [
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
                "Microsoft.Authorization/*/read",
                "Microsoft.Insights/alertRules/*",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                "Microsoft.Resources/deployments/*",
                "Microsoft.Support/*",
            ],
            []
        ),
        new(
            "b1ff04bb-8a4e-4dc1-8eb5-8693973ce19b",
            "Azure Kubernetes Service RBAC Cluster Admin",
            "Lets you manage all resources in the cluster.",
            [
                "Microsoft.Authorization/*/read",
                "Microsoft.Resources/subscriptions/operationresults/read",
                "Microsoft.Resources/subscriptions/read",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
            ],
            []
        ),
        new("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User", "Read secret contents.", [], [])
        {
            DataActions = ["Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
        },
        new("db79e9a7-68ee-4b58-9aeb-b90e7c24fcba", "Key Vault Certificate User", "Read certificate contents.", [], [])
        {
            DataActions =
            [
                "Microsoft.KeyVault/vaults/certificates/read",
                "Microsoft.KeyVault/vaults/secrets/getSecret/action",
                "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
                "Microsoft.KeyVault/vaults/keys/read",
            ],
        },
        new(
            "00482a5a-887f-4fb3-b363-3b7fe8e74483",
            "Key Vault Administrator",
            "Perform all data plane operations on a key vault and all objects in it, including certificates, keys, and secrets.",
            [
                "Microsoft.Authorization/*/read",
                "Microsoft.Insights/alertRules/*",
                "Microsoft.Resources/deployments/*",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                "Microsoft.Support/*",
                "Microsoft.KeyVault/vaults/read",
            ],
            []
        )
        {
            DataActions = ["Microsoft.KeyVault/vaults/*"],
        },
    ];

    public static IEnumerable<BuiltInRole> Where(Func<BuiltInRole, bool> wanted) => All.Where(wanted);

    /// <param name="definitionId">The ARM id of a role definition. Only its last segment matters.</param>
    public static BuiltInRole? Find(string definitionId) =>
        All.FirstOrDefault(role =>
            string.Equals(role.Id, definitionId[(definitionId.LastIndexOf('/') + 1)..], StringComparison.OrdinalIgnoreCase)
        );
}

/// <param name="Id">A GUID, the same in every tenant.</param>
internal sealed record BuiltInRole(
    string Id,
    string Name,
    string Description,
    IReadOnlyList<string> Actions,
    IReadOnlyList<string> NotActions
)
{
    /// <summary>Actions on the data of resources. No action of Resource Manager includes them: an owner reads no secrets.</summary>
    public IReadOnlyList<string> DataActions { get; init; } = [];

    /// <param name="action">For example <c>Microsoft.KeyVault/vaults/secrets/getSecret/action</c>.</param>
    public bool GivesData(string action) => DataActions.Any(pattern => Matches(pattern, action));

    /// <param name="action">For example <c>Microsoft.Network/virtualNetworks/subnets/join/action</c>.</param>
    public bool Gives(string action) =>
        Actions.Any(pattern => Matches(pattern, action)) && !NotActions.Any(pattern => Matches(pattern, action));

    public JsonObject View(string subscription) =>
        new()
        {
            ["properties"] = new JsonObject
            {
                ["roleName"] = Name,
                ["type"] = "BuiltInRole",
                ["description"] = Description,
                ["assignableScopes"] = new JsonArray("/"),
                ["permissions"] = new JsonArray(
                    new JsonObject
                    {
                        ["actions"] = new JsonArray([.. Actions.Select(action => JsonValue.Create(action))]),
                        ["notActions"] = new JsonArray([.. NotActions.Select(action => JsonValue.Create(action))]),
                        ["dataActions"] = new JsonArray([.. DataActions.Select(action => JsonValue.Create(action))]),
                        ["notDataActions"] = new JsonArray(),
                    }
                ),
            },
            ["id"] = $"/subscriptions/{subscription}/providers/{RoleDefinitionApi.Type}/{Id}",
            ["type"] = RoleDefinitionApi.Type,
            ["name"] = Id,
        };

    // A pattern has at most one asterisk, which stands for any characters.
    private static bool Matches(string pattern, string action) =>
        pattern.Split('*') is [var head, var tail]
            ? action.Length >= head.Length + tail.Length
                && action.StartsWith(head, StringComparison.OrdinalIgnoreCase)
                && action.EndsWith(tail, StringComparison.OrdinalIgnoreCase)
            : string.Equals(pattern, action, StringComparison.OrdinalIgnoreCase);
}
