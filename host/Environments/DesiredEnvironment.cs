using System.Text.Json;

namespace MeshPort.Host.Environments;

/// <summary>What a file asks for: one cluster and the ports on it, valid by MeshPort's own rules.</summary>
internal sealed record DesiredEnvironment(
    string SubscriptionId,
    string ResourceGroup,
    string Cluster,
    JsonElement ClusterSpec,
    IReadOnlyList<DesiredExposure> Exposures
)
{
    /// <summary>The cluster's path in MeshPort's API, relative to its base.</summary>
    public string Path => $"api/subscriptions/{SubscriptionId}/resourceGroups/{Uri.EscapeDataString(ResourceGroup)}/clusters/{Cluster}";

    /// <summary>The cluster's id in Azure.</summary>
    public string ArmId =>
        $"/subscriptions/{SubscriptionId}/resourceGroups/{ResourceGroup}/providers/Microsoft.ContainerService/managedClusters/{Cluster}";
}

internal sealed record DesiredExposure(string Name, JsonElement Spec)
{
    public int Port => Spec.GetProperty("port").GetInt32();

    public string Gateway => Text(Spec, "gateway") ?? "external";

    /// <summary>What to say after connecting; null says nothing.</summary>
    public string? Send => Probe is { } probe ? Text(probe, "send") : null;

    /// <summary>What the answer contains; null is content with a connection.</summary>
    public string? Expect => Probe is { } probe ? Text(probe, "expect") : null;

    private JsonElement? Probe => Spec.TryGetProperty("probe", out var probe) && probe.ValueKind == JsonValueKind.Object ? probe : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
