using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The SKU of a cluster: how much of it AKS decides (AKS documentation, "What is AKS Automatic").</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClusterSku>))]
public enum ClusterSku
{
    /// <summary>AKS Standard.</summary>
    [JsonStringEnumMemberName("base")]
    Base,

    /// <summary>AKS Automatic: AKS runs the system nodes, makes nodes for pods, and protects its own namespaces.</summary>
    [JsonStringEnumMemberName("automatic")]
    Automatic,
}
