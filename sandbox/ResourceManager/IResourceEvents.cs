using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Receives writes to resources, in order to raise events.</summary>
internal interface IResourceEvents
{
    /// <summary>
    /// Runs a write request under <see cref="ArmOperations.Gate"/>, so that no operation ends before its event is prepared.
    /// </summary>
    ArmAnswer Record(HttpContext http, Func<ArmAnswer> handle);

    /// <summary>
    /// A resource of a deleted group raises its own deletion event, in the name of the caller who deleted the group. A nested resource is
    /// deleted with its parent, without an event. The event's id derives from the group's, so that a deletion repeated after a restart
    /// repeats the same event.
    /// </summary>
    void DeletedWith(SandboxOperation operation, string resourceId);
}
