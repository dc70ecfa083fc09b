using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>How the cluster's API server is reached. In JSON <c>aks</c>, or <c>kubeconfig:NAME</c>.</summary>
/// <param name="Kubeconfig">An entry of the host's own configuration; a request never carries a path or a credential. Null: Azure is asked.</param>
[JsonConverter(typeof(ConnectionConverter))]
public sealed record Connection(string? Kubeconfig)
{
    public const string Prefix = "kubeconfig:";
    public static readonly Connection Aks = new((string?)null);

    /// <summary>Whether the cluster is Azure's to make; otherwise the steps on Azure are left out.</summary>
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
