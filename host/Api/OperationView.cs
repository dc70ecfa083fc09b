using System.Text.Json;
using System.Text.Json.Serialization;
using MeshPort.Model;

namespace MeshPort.Host.Api;

/// <summary>The progress of a request. Times are the server's: simulated when it uses a sandbox.</summary>
/// <param name="Path">The path of the operation.</param>
/// <param name="Exposures">The exposures of the request; null for the cluster itself, and outside lists.</param>
internal sealed record OperationView(
    string Id,
    string Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyList<StepView>? Steps,
    int Percent = 0,
    string? Path = null,
    IReadOnlyList<string>? Exposures = null
)
{
    public bool IsOver => Status != "Running";

    /// <summary>Null when the path does not name it.</summary>
    [JsonIgnore]
    public ClusterId? Cluster => Path is null ? null : ResourcePath.ClusterOfOperation(Path);

    /// <summary>The answer as the server sent it.</summary>
    [JsonIgnore]
    public JsonElement Body { get; private init; }

    public static OperationView Of(JsonElement body) => body.To<OperationView>() with { Body = body };
}

internal sealed record StepView(
    string Name,
    string Status,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    int Attempts,
    string? Message
);
