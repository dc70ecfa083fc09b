using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The way to reach the cluster's API server: <c>aks</c> or <c>kubeconfig:NAME</c> in JSON.</summary>
/// <param name="Kubeconfig">
/// A name in the host's configuration, because a request never carries a path or a credential. Null: credentials come from Azure.
/// </param>
[JsonConverter(typeof(ConnectionConverter))]
public sealed record Connection(string? Kubeconfig)
{
    public const string Prefix = "kubeconfig:";
    public static readonly Connection Aks = new((string?)null);

    /// <summary>Whether MeshPort manages the AKS cluster; otherwise it skips the steps in Azure.</summary>
    public bool IsAks => Kubeconfig is null;

    public override string ToString() => IsAks ? "aks" : Prefix + Kubeconfig;
}

internal sealed class ConnectionConverter : JsonConverter<Connection>
{
    public override Connection Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text && text.StartsWith(Connection.Prefix, StringComparison.Ordinal)
            ? new Connection(text[Connection.Prefix.Length..])
            : Connection.Aks;

    public override void Write(Utf8JsonWriter writer, Connection value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
