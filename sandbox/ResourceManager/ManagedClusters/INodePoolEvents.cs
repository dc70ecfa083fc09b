using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Receives the node pools whose nodes get another version, in order to raise events.</summary>
internal interface INodePoolEvents
{
    /// <param name="operation">Replaces the nodes. The last events are raised after its end.</param>
    /// <param name="pools">The names of the node pools. Empty when the operation replaces no nodes.</param>
    void Begin(SandboxOperation operation, JsonObject cluster, IReadOnlyList<string> pools);
}
