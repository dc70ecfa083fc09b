namespace MeshPort.Model;

/// <summary>The types of history entries that do not come from a condition.</summary>
internal static class HistoryTypes
{
    /// <summary>A request.</summary>
    public const string Asked = nameof(Asked);

    /// <summary>MeshPort repaired drift.</summary>
    public const string Repaired = nameof(Repaired);

    /// <summary>MeshPort took over an object of others, or a part of one.</summary>
    public const string Adopted = nameof(Adopted);

    /// <summary>The Istio add-on removed a port from its Service, and MeshPort added it again.</summary>
    public const string PortReverted = nameof(PortReverted);

    /// <summary>An event from Azure: a new Kubernetes version, the end of support, or the replacement of a node pool.</summary>
    public const string AzureEvent = nameof(AzureEvent);
}
