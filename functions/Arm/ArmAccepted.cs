using System.Text.Json.Nodes;

namespace MeshPort.Arm;

/// <summary>A write that ARM has accepted.</summary>
/// <param name="OperationUrl">Where a long-running operation tells how it goes: absolute and opaque.</param>
/// <param name="RetryAfter">How long to wait before looking.</param>
internal sealed record ArmAccepted(JsonObject Body, Uri? OperationUrl, TimeSpan? RetryAfter);

internal sealed record ArmError(string Code, string Message)
{
    /// <summary>The codes of its details.</summary>
    public IReadOnlyList<string> Inner { get; init; } = [];
}
