using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Resources by ARM id. A document is the wire body; properties that start with <c>$</c> belong to the sandbox and are never sent.
/// </summary>
internal sealed class ResourceStore(SandboxWorld world)
{
    public const string Table = "resources";
    private const string GroupTable = "resource-groups";

    public JsonObject? Get(string id) => world.Store.Get(Table, id);

    public void Put(string id, JsonObject document) => world.Store.Put(Table, id, document);

    public bool Delete(string id) => world.Store.Delete(Table, id);

    /// <summary>Everything below an id, at any depth.</summary>
    public IReadOnlyList<(string Id, JsonObject Document)> Below(string id) => world.Store.List(Table, id + "/");

    /// <summary>The direct children in a collection, for example the resources of a type in a group.</summary>
    public IReadOnlyList<(string Id, JsonObject Document)> Children(string collectionId) =>
        [.. Below(collectionId).Where(entry => entry.Id.IndexOf('/', collectionId.Length + 1) < 0)];

    /// <summary>The resources of a top-level type in a subscription.</summary>
    public IReadOnlyList<(string Id, JsonObject Document)> OfType(string subscription, string type) =>
        [
            .. world
                .Store.List(Table, $"/subscriptions/{subscription}/resourceGroups/")
                .Where(entry =>
                    entry.Key.Split('/') is [_, _, _, _, _, _, var provider, var kind, _]
                    && string.Equals($"{provider}/{kind}", type, StringComparison.OrdinalIgnoreCase)
                ),
        ];

    /// <summary>The key vaults of a name, in all subscriptions.</summary>
    public IEnumerable<JsonObject> Vaults(string name) =>
        world
            .Store.List(Table, "/subscriptions/")
            .Where(entry => entry.Key.EndsWith($"/providers/Microsoft.KeyVault/vaults/{name}", StringComparison.OrdinalIgnoreCase))
            .Select(entry => entry.Document);

    public JsonObject? GetGroup(string id) => world.Store.Get(GroupTable, id);

    public void PutGroup(string id, JsonObject document) => world.Store.Put(GroupTable, id, document);

    public void DeleteGroup(string id) => world.Store.Delete(GroupTable, id);

    public IReadOnlyList<(string Id, JsonObject Document)> Groups(string prefix) => world.Store.List(GroupTable, prefix);

    /// <summary>The resource group of a read request.</summary>
    public JsonObject RequireGroup(ArmRequest request) => GetGroup(request.GroupId) ?? throw ArmErrors.ResourceGroupNotFound(request.Group);

    /// <summary>The resource group of a write request: it exists and is not being deleted.</summary>
    public JsonObject RequireWritableGroup(ArmRequest request)
    {
        var group = RequireGroup(request);
        return group.Text("properties", "provisioningState") == "Deleting"
            ? throw ArmErrors.ResourceGroupBeingDeleted(request.Group)
            : group;
    }

    /// <summary>The document as clients see it.</summary>
    public static JsonObject View(JsonObject document)
    {
        var view = (JsonObject)document.DeepClone();
        foreach (var hidden in view.Select(property => property.Key).Where(key => key.StartsWith('$')).ToList())
        {
            view.Remove(hidden);
        }

        return view;
    }

    /// <summary>A resource cannot move: the same name in another location is refused.</summary>
    public static void RequireSameLocation(JsonObject existing, string location, string name, string group, string type)
    {
        if (existing.Text("location") is { } before && ResourceTypes.NormalizeLocation(before) != location)
        {
            throw ArmErrors.InvalidResourceLocation(name, before, group, type, location);
        }
    }
}
