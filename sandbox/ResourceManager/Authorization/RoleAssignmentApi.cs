using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>Role assignments (Microsoft.Authorization 2022-04-01). Principal, role and scope are unique together and immutable.</summary>
internal sealed partial class RoleAssignmentApi(RoleAssignmentStore assignments, ResourceStore resources, Application tenant)
{
    public const string Type = "Microsoft.Authorization/roleAssignments";

    public void Map(ArmRoutes routes)
    {
        foreach (var scope in AuthorizationScope.Patterns)
        {
            var collection = $"{scope}/providers/{Type}";
            routes.Map("GET", collection, List);
            routes.Map("GET", collection + "/{name}", Get);
            routes.Map("PUT", collection + "/{name}", Put);
            routes.Map("DELETE", collection + "/{name}", Delete);
        }
    }

    /// <summary>Without a filter: assignments at, above and below the scope.</summary>
    private ArmAnswer List(ArmRequest request)
    {
        var scope = AuthorizationScope.Of(request, resources);
        var filter = request.Query("$filter") ?? "";
        var match = PrincipalFilter().Match(filter);
        if (filter.Length > 0 && filter != "atScope()" && !match.Success)
        {
            throw AuthorizationScope.UnsupportedFilter(filter);
        }

        return ArmAnswer.Page(
            assignments.All.Where(assignment =>
                assignment.Text("properties", "scope") is { } at
                && (AuthorizationScope.Covers(at, scope) || (filter != "atScope()" && AuthorizationScope.Covers(scope, at)))
                && (!match.Success || Same(assignment.Text("properties", "principalId"), match.Groups["id"].Value))
            )
        );
    }

    private ArmAnswer Get(ArmRequest request) =>
        ArmAnswer.Ok(
            assignments.Get(Id(AuthorizationScope.Of(request, resources), request.Name))
                ?? throw new ArmException(404, "RoleAssignmentNotFound", $"The role assignment '{request.Name}' is not found.")
                {
                    ByProvider = true,
                }
        );

    private ArmAnswer Put(ArmRequest request)
    {
        var scope = AuthorizationScope.Of(request, resources);
        if (!Guid.TryParse(request.Name, out _))
        {
            throw new ArmException(
                400,
                "InvalidRoleAssignmentId",
                $"The role assignment ID '{request.Name}' is not valid. The role assignment ID must be a GUID."
            )
            {
                ByProvider = true,
            };
        }

        var asked = request.Body.Properties();
        var (role, principal) = (RequireRole(asked), RequirePrincipal(request, asked));
        var id = Id(scope, request.Name);
        var before = assignments.Get(id);
        if (before is not null && !IsOf(before, scope, principal, role))
        {
            throw new ArmException(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            )
            {
                ByProvider = true,
            };
        }

        if (before is null && assignments.All.Any(other => IsOf(other, scope, principal, role)))
        {
            throw new ArmException(409, "RoleAssignmentExists", "The role assignment already exists.") { ByProvider = true };
        }

        var document = Describe(request, scope, asked, before);
        assignments.Put(id, document);
        return new ArmAnswer(before is null ? 201 : 200, document.DeepClone());
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var id = Id(AuthorizationScope.Of(request, resources), request.Name);
        var before = assignments.Get(id);
        assignments.Delete(id);
        return before is null ? new ArmAnswer(204) : ArmAnswer.Ok(before);
    }

    private static BuiltInRole RequireRole(JsonObject asked) =>
        asked.Text("roleDefinitionId") is var id && BuiltInRoles.Find(id ?? "") is { } role
            ? role
            : throw new ArmException(
                400,
                "RoleDefinitionDoesNotExist",
                $"The specified role definition with ID '{id?[(id.LastIndexOf('/') + 1)..]}' does not exist."
            )
            {
                ByProvider = true,
            };

    /// <summary>
    /// A principal in the directory. A request that states the type is trusted, because a new principal is not yet replicated everywhere.
    /// </summary>
    private string RequirePrincipal(ArmRequest request, JsonObject asked)
    {
        var id = asked.Text("principalId") ?? "";
        return
            asked.Text("principalType") is not null
            || tenant.All.Any(application => Same(application.ObjectId, id))
            || resources
                .OfType(request.Subscription, ManagedClusterApi.Type)
                .Any(cluster => Same(ClusterIdentity.PrincipalId(cluster.Document), id))
            ? id
            : throw new ArmException(
                400,
                "PrincipalNotFound",
                $"Principal {id.Replace("-", "", StringComparison.Ordinal)} does not exist in the directory {Application.TenantId}. "
                    + "Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a "
                    + "role, this error might be related to a replication delay. In this case, set the role assignment principalType "
                    + "property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype"
            )
            {
                ByProvider = true,
            };
    }

    private JsonObject Describe(ArmRequest request, string scope, JsonObject asked, JsonObject? before)
    {
        var now = assignments.Now.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        var by = request.Caller.Identity.ObjectId;
        return new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["roleDefinitionId"] = asked.Text("roleDefinitionId"),
                ["principalId"] = asked.Text("principalId"),
                ["principalType"] = asked.Text("principalType") ?? "ServicePrincipal",
                ["scope"] = scope,
                ["condition"] = asked.Text("condition"),
                ["conditionVersion"] = asked.Text("conditionVersion"),
                ["createdOn"] = before?.Text("properties", "createdOn") ?? now,
                ["updatedOn"] = now,
                ["createdBy"] = before?.Text("properties", "createdBy") ?? by,
                ["updatedBy"] = by,
                ["delegatedManagedIdentityResourceId"] = null,
                ["description"] = asked.Text("description"),
            },
            ["id"] = Id(scope, request.Name),
            ["type"] = Type,
            ["name"] = request.Name,
        };
    }

    private static bool IsOf(JsonObject assignment, string scope, string principalId, BuiltInRole role) =>
        Same(assignment.Text("properties", "scope"), scope)
        && Same(assignment.Text("properties", "principalId"), principalId)
        && BuiltInRoles.Find(assignment.Text("properties", "roleDefinitionId") ?? "") == role;

    private static string Id(string scope, string name) => $"{scope}/providers/{Type}/{name}";

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^(principalId eq '?(?<id>[0-9a-f-]+)'?|assignedTo\('(?<id>[0-9a-f-]+)'\))$", RegexOptions.IgnoreCase)]
    private static partial Regex PrincipalFilter();
}
