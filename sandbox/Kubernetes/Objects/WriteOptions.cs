using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission.Webhooks;
using MeshPort.Sandbox.Kubernetes.Apply;
using MeshPort.Sandbox.Kubernetes.Server;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Options of a write.</summary>
/// <param name="Version">The API version of the request.</param>
/// <param name="Subresource">Empty or <c>status</c>.</param>
/// <param name="Client">
/// The write comes from a client. In a namespace that is being deleted, clients are refused some writes that controllers may do.
/// </param>
internal sealed record WriteOptions(
    string Version,
    string Manager,
    string Subresource = "",
    bool DryRun = false,
    bool Force = false,
    bool Client = false
)
{
    /// <summary>The user of the request. Null for the control plane's own writes, which admission webhooks do not see.</summary>
    public KubeIdentity? Caller { get; init; }

    /// <summary>Receives warnings for the client.</summary>
    public Action<string>? Warn { get; init; }
}

internal sealed record WriteResult(JsonObject Object, bool Created);

/// <summary>A write before admission webhooks and validation.</summary>
/// <param name="Before">Null for a new object.</param>
/// <param name="Owners">Without those of an update, which are computed from the final body.</param>
internal sealed record ObjectDraft(
    ResourceType Type,
    JsonObject? Before,
    JsonObject Body,
    ManagedFields Owners,
    FieldManager Manager,
    string Now
)
{
    public AdmissionOperation Operation => Before is null ? AdmissionOperation.Create : AdmissionOperation.Update;
}
