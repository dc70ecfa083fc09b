using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Extension resources of one type, by ARM id. Apart from the resources, because they hang below any of them without being listed among them.</summary>
internal abstract class ExtensionResourceStore(SandboxWorld world, string table)
{
    protected SandboxWorld World { get; } = world;

    /// <summary>In the order of their ids.</summary>
    public IEnumerable<JsonObject> All => World.Store.List(table).Select(entry => entry.Document);

    public JsonObject? Get(string id) => World.Store.Get(table, id);

    public void Put(string id, JsonObject document) => World.Store.Put(table, id, document);

    public bool Delete(string id) => World.Store.Delete(table, id);

    /// <summary>Those in a collection.</summary>
    public IReadOnlyList<JsonObject> In(string collection) =>
        [.. World.Store.List(table, collection + "/").Select(entry => entry.Document)];

    /// <summary>They go with what they hang on.</summary>
    public void DeleteBelow(string resourceId)
    {
        foreach (var (id, _) in World.Store.List(table, resourceId + "/"))
        {
            World.Store.Delete(table, id);
        }
    }
}
