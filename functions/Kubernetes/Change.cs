using System.Text.Json.Nodes;

namespace MeshPort.Kubernetes;

internal enum ChangeAction
{
    Create,
    Update,
    Delete,
}

/// <summary>One write to an object that MeshPort owns as a whole, or that releases an object of others.</summary>
/// <param name="Why">The first difference, for people.</param>
/// <param name="Body">The body to apply; null for a deletion, and where only fields are removed.</param>
/// <param name="Exposure">The exposure whose condition reports the outcome.</param>
/// <param name="Uid">The uid of the object to delete.</param>
/// <param name="UnmanagedFields">Fields that others have added and an apply does not remove; null without any.</param>
/// <param name="ResourceVersion">The version that an object of others must have when it is deleted.</param>
internal sealed record Change(
    ChangeAction Action,
    ObjectRef Target,
    string Why,
    JsonObject? Body,
    string Exposure,
    string? Uid = null,
    FieldRemoval? UnmanagedFields = null,
    string? ResourceVersion = null
)
{
    /// <summary>The other exposures that need the object, and whose conditions report the outcome, too.</summary>
    public IReadOnlyList<string> Sharers { get; init; } = [];

    public IEnumerable<string> Exposures => [Exposure, .. Sharers];
}
