using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Authorization;

/// <summary>Role assignments by ARM id. Apart from the resources, because they hang below any of them without being listed among them.</summary>
internal sealed class RoleAssignmentStore(SandboxWorld world)
{
    private const string Table = "role-assignments";

    /// <summary>An assignment works after a while: "up to five minutes" (domain facts, section 10.1).</summary>
    private static readonly TimeSpan Propagation = TimeSpan.FromMinutes(1);

    public DateTimeOffset Now => world.Clock.GetUtcNow();

    /// <summary>In the order of their ids.</summary>
    public IEnumerable<JsonObject> All => world.Store.List(Table).Select(entry => entry.Document);

    public JsonObject? Get(string id) => world.Store.Get(Table, id);

    public void Put(string id, JsonObject document) => world.Store.Put(Table, id, document);

    public bool Delete(string id) => world.Store.Delete(Table, id);

    /// <summary>Extension resources go with what they hang on.</summary>
    public void DeleteBelow(string resourceId)
    {
        foreach (var (id, _) in world.Store.List(Table, resourceId + "/"))
        {
            world.Store.Delete(Table, id);
        }
    }

    /// <summary>Whether an assignment that works by now gives a principal the action on a resource.</summary>
    public bool Allows(string principalId, string action, string resourceId) => All.Any(assignment =>
        string.Equals(assignment.Text("properties", "principalId"), principalId, StringComparison.OrdinalIgnoreCase)
        && AuthorizationScope.Covers(assignment.Text("properties", "scope") ?? "", resourceId)
        && BuiltInRoles.Find(assignment.Text("properties", "roleDefinitionId") ?? "")?.Gives(action) == true
        && assignment["properties"]?["createdOn"]?.GetValue<DateTimeOffset>() + Propagation <= Now);
}
