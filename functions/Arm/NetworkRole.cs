using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Azure.Core;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>
/// The role that a cluster's identity needs on a subnet or a public IP address that is not AKS's own, pure: which identity, whether it has
/// the role, and the ARM body that gives it.
/// </summary>
internal static class NetworkRole
{
    public const string Name = "Network Contributor";

    /// <summary>The role that the az command assigns (Learn, "Use a managed identity in AKS").</summary>
    private const string NetworkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7";

    /// <summary>Built-in roles that give at least as much: Contributor, Owner.</summary>
    private static readonly string[] Enough =
    [
        NetworkContributor,
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    ];

    /// <param name="cluster">As ARM answers it.</param>
    /// <returns>Null while Azure has not told, and for a service principal.</returns>
    public static Guid? PrincipalOf(JsonObject cluster)
    {
        var identity = cluster["identity"];
        var told =
            identity?["principalId"]
            ?? (identity?["userAssignedIdentities"] as JsonObject ?? [])
                .Select(assigned => assigned.Value?["principalId"])
                .FirstOrDefault();
        return Guid.TryParse(told?.GetValue<string>(), out var principal) ? principal : null;
    }

    /// <param name="assignments">Of the principal, at, above and below the scope.</param>
    public static bool IsGiven(IEnumerable<JsonObject> assignments, ResourceIdentifier scope) =>
        assignments
            .Select(assignment => assignment["properties"])
            .Any(properties =>
                Enough.Any(role =>
                    properties?["roleDefinitionId"]?.GetValue<string>().EndsWith(role, StringComparison.OrdinalIgnoreCase) == true
                )
                && properties?["scope"]?.GetValue<string>() is { } given
                && $"{scope}/".StartsWith($"{given.TrimEnd('/')}/", StringComparison.OrdinalIgnoreCase)
            );

    /// <summary>The same for the same scope and identity, so that an assignment whose answer was lost is not made twice.</summary>
    public static Guid NameFor(ResourceIdentifier scope, Guid principal) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"meshport|{scope}|{principal}|{NetworkContributor}".ToUpperInvariant())).AsSpan(0, 16));

    /// <summary>The command that gives the role, for people.</summary>
    public static string Command(ResourceIdentifier scope, Guid principal) =>
        $"az role assignment create --role '{Name}' --assignee-object-id {principal} "
        + $"--assignee-principal-type ServicePrincipal --scope {scope}";

    /// <summary>
    /// Deletes an assignment that MeshPort has made. While MeshPort may not, its mark stays, and a later look tries again.
    /// </summary>
    /// <param name="refused">For people, when MeshPort may not delete it.</param>
    public static ArmChange Delete(string assignment, string why, string refused) =>
        ArmChange.Delete(assignment, ApiVersions.RoleAssignments, why) with
        {
            IsMarked = true,
            Tolerates = [new ArmTolerance("403", refused)],
        };

    /// <summary>The command that deletes an assignment, for people.</summary>
    public static string DeleteCommand(string assignment) => $"az role assignment delete --ids {assignment}";

    public static JsonObject Body(ClusterId cluster, Guid principal) =>
        new()
        {
            ["properties"] = new JsonObject
            {
                ["roleDefinitionId"] =
                    $"/subscriptions/{cluster.SubscriptionId}/providers/Microsoft.Authorization/roleDefinitions/{NetworkContributor}",
                ["principalId"] = principal.ToString(),
                ["principalType"] = "ServicePrincipal", // the identity may be too new to be looked up
                ["description"] = $"MeshPort: nodes and load balancers of cluster {cluster.Name}.",
            },
        };
}

/// <summary>Whether the cluster's identity has its role on a scope.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RoleState>))]
internal enum RoleState
{
    /// <summary>It needs none, or this convergence has seen to it.</summary>
    NotRead,

    Given,

    Missing,

    /// <summary>MeshPort may not read role assignments.</summary>
    Hidden,
}
