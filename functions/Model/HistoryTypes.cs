namespace MeshPort.Model;

/// <summary>The types of history entries that are not a condition's.</summary>
internal static class HistoryTypes
{
    /// <summary>Somebody asked for a change.</summary>
    public const string Asked = nameof(Asked);

    /// <summary>What had drifted was put right.</summary>
    public const string Repaired = nameof(Repaired);

    /// <summary>The add-on had dropped a port from its Service; it was opened again.</summary>
    public const string PortReverted = nameof(PortReverted);

    /// <summary>Azure told of the cluster: a new Kubernetes version, support that ends, a node pool that is replaced.</summary>
    public const string AzureEvent = nameof(AzureEvent);
}
