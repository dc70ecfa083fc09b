using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

internal sealed class RoleAssignmentStore(SandboxWorld world) : ExtensionResourceStore(world, "role-assignments")
{
    /// <summary>The delay before an assignment works: "up to five minutes" (domain facts, section 10.1).</summary>
    private static readonly TimeSpan Propagation = TimeSpan.FromMinutes(1);

    public DateTimeOffset Now => World.Clock.GetUtcNow();

    /// <summary>Whether an assignment that already works allows a principal the action on a resource.</summary>
    public bool Allows(string principalId, string action, string resourceId) => Has(principalId, role => role.Gives(action), resourceId);

    /// <summary>The same for an action on the data of a resource.</summary>
    public bool AllowsData(string principalId, string action, string resourceId) =>
        Has(principalId, role => role.GivesData(action), resourceId);

    private bool Has(string principalId, Func<BuiltInRole, bool> gives, string resourceId) =>
        All.Any(assignment =>
            string.Equals(assignment.Text("properties", "principalId"), principalId, StringComparison.OrdinalIgnoreCase)
            && AuthorizationScope.Covers(assignment.Text("properties", "scope") ?? "", resourceId)
            && BuiltInRoles.Find(assignment.Text("properties", "roleDefinitionId") ?? "") is { } role
            && gives(role)
            && assignment["properties"]?["createdOn"]?.GetValue<DateTimeOffset>() + Propagation <= Now
        );
}
