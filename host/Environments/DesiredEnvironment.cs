using System.Text.Json;

namespace MeshPort.Host.Environments;

/// <summary>A file's content: one cluster and its exposures, valid by MeshPort's own rules.</summary>
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

    /// <summary>The cluster's ARM id.</summary>
    public string ArmId =>
        $"/subscriptions/{SubscriptionId}/resourceGroups/{ResourceGroup}/providers/Microsoft.ContainerService/managedClusters/{Cluster}";
}

internal sealed record DesiredExposure(string Name, JsonElement Spec)
{
    public int Port => Spec.GetProperty("port").GetInt32();

    public string Gateway => Text(Spec, "gateway") ?? "external";

    /// <summary>The text to send after connecting. Null sends nothing.</summary>
    public string? Send => Probe is { } probe ? Text(probe, "send") : null;

    /// <summary>The text that the answer must contain. Null requires only a connection.</summary>
    public string? Expect => Probe is { } probe ? Text(probe, "expect") : null;

    private JsonElement? Probe => Spec.TryGetProperty("probe", out var probe) && probe.ValueKind == JsonValueKind.Object ? probe : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
