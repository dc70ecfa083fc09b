using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Receives which node pools get nodes of another version, for the events about it.</summary>
internal interface INodePoolEvents
{
    /// <param name="operation">Replaces the nodes; the last events come when it has ended.</param>
    /// <param name="pools">The names of the node pools; empty when the operation replaces no nodes.</param>
    void Begin(SandboxOperation operation, JsonObject cluster, IReadOnlyList<string> pools);
}
