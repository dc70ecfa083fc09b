using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;

namespace MeshPort.Arm;

/// <summary>The role assignments that concern a resource (Microsoft.Authorization 2022-04-01).</summary>
internal sealed class RoleAssignments(ArmClient client, ResourceIdentifier scope)
    : ArmJsonResource(client, scope, ApiVersions.RoleAssignments)
{
    private const string Collection = "providers/Microsoft.Authorization/roleAssignments";
    private readonly ArmClient _client = client;

    /// <summary>Those of a principal at, above and below the resource.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<IReadOnlyList<JsonObject>> OfAsync(Guid principalId, CancellationToken cancellationToken) =>
        [
            .. (
                (await GetAsync(Collection, ("$filter", $"principalId eq '{principalId}'"), cancellationToken))["value"] as JsonArray ?? []
            ).OfType<JsonObject>(),
        ];

    /// <summary>Whether a principal has the role of a cluster's identity on the resource.</summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<RoleState> FindAsync(Guid principalId, CancellationToken cancellationToken)
    {
        try
        {
            return NetworkRole.IsGiven(await OfAsync(principalId, cancellationToken), Id) ? RoleState.Given : RoleState.Missing;
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return RoleState.Hidden;
        }
    }

    /// <summary>
    /// Makes an assignment. When Azure refuses it because the principal has the role already, under another name, that is fine.
    /// </summary>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task AssignAsync(Guid name, JsonObject body, CancellationToken cancellationToken)
    {
        try
        {
            await new ArmJsonResource(_client, IdOf(Id, name), ApiVersions.RoleAssignments).PutAsync(
                body,
                conditions: null,
                cancellationToken
            );
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == "RoleAssignmentExists")
        {
            // what was to be reached is so
        }
    }

    public static ResourceIdentifier IdOf(ResourceIdentifier scope, Guid name) => new($"{scope}/{Collection}/{name}");

    public static bool IsOne(string id) => id.Contains($"/{Collection}/", StringComparison.OrdinalIgnoreCase);
}
