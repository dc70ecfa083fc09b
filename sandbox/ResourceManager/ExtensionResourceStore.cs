using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Extension resources of one type, by ARM id. They are stored apart from the resources, because they can be below any resource without
/// appearing in its lists.
/// </summary>
internal abstract class ExtensionResourceStore(SandboxWorld world, string table)
{
    protected SandboxWorld World { get; } = world;

    /// <summary>Sorted by id.</summary>
    public IEnumerable<JsonObject> All => World.Store.List(table).Select(entry => entry.Document);

    public JsonObject? Get(string id) => World.Store.Get(table, id);

    public void Put(string id, JsonObject document) => World.Store.Put(table, id, document);

    public bool Delete(string id) => World.Store.Delete(table, id);

    /// <summary>The resources in a collection.</summary>
    public IReadOnlyList<JsonObject> In(string collection) =>
        [.. World.Store.List(table, collection + "/").Select(entry => entry.Document)];

    /// <summary>Deletes them together with the resource that they extend.</summary>
    public void DeleteBelow(string resourceId)
    {
        foreach (var (id, _) in World.Store.List(table, resourceId + "/"))
        {
            World.Store.Delete(table, id);
        }
    }
}
