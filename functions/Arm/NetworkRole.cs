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
    /// The change that gives the role, the warning for people where MeshPort cannot tell whether the identity has it, and the line of a dry
    /// run.
    /// <code>
    /// role on the scope    change                                   beside the step's report
    /// given, not read      -                                        -
    /// missing              PUT, noted in the status before;         -
    ///                      refused by 403: not fatal                how to give the role
    /// hidden               -                                        how to give the role
    /// </code>
    /// </summary>
    /// <param name="principal">Null while the identity does not exist, or Azure has not told.</param>
    public static (ArmChange? Change, string? Warning, PlannedChange? DryRun) Plan(
        ClusterId cluster,
        RoleNeed need,
        Guid? principal,
        RoleState state
    )
    {
        var target = $"{Name} on {need.Scope}";
        if (principal is not { } known)
        {
            return (null, null, PlannedChange.Create(target, need.Why, null));
        }

        var body = Body(cluster, known);
        var needed = PlannedChange.Create(target, need.Why, body);
        var advice =
            $"MeshPort may not give the cluster's identity the role {Name} on {need.Place}, without which {need.Without}. "
            + $"Deploy MeshPort's role again (infra/README.md), or give it: {Command(need.Scope, known)}";
        return state switch
        {
            RoleState.Given => (null, null, PlannedChange.None(target, "The cluster's identity has the role.")),
            RoleState.Hidden => (null, advice, PlannedChange.None(target, advice)),
            RoleState.Missing => (
                new ArmChange(
                    ArmVerb.Put,
                    RoleAssignments.IdOf(need.Scope, NameFor(need.Scope, known)).ToString(),
                    ApiVersions.RoleAssignments,
                    body,
                    needed
                )
                {
                    IsMarked = true, // an assignment has no tags
                    Repair = need.Repair,
                    Tolerates = [new ArmTolerance("RoleAssignmentExists", null), new ArmTolerance("403", advice)],
                },
                null,
                needed
            ),
            _ => default,
        };
    }

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

/// <summary>Why the cluster's identity needs the role on a scope.</summary>
/// <param name="Place">The scope, for people.</param>
/// <param name="Why">For a dry run.</param>
/// <param name="Without">The effect of a missing role: the rest of a sentence.</param>
/// <param name="Repair">For the history, when the identity has lost the role.</param>
internal sealed record RoleNeed(ResourceIdentifier Scope, string Place, string Why, string Without, ArmRepair Repair);

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
