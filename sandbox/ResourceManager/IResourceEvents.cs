using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Receives what writes do to resources, for the events about it.</summary>
internal interface IResourceEvents
{
    /// <summary>Runs a request that is no read, holding <see cref="ArmOperations.Gate"/>, so that no operation ends before its event is prepared.</summary>
    ArmAnswer Record(HttpContext http, Func<ArmAnswer> handle);

    /// <summary>
    /// A resource that goes with its group is deleted as by a request of its own, in the name of who asked for the group's deletion; what is nested in
    /// another resource goes with that one. The event's id follows from the group's, so that a deletion that is repeated after a restart repeats it.
    /// </summary>
    void DeletedWith(SandboxOperation operation, string resourceId);
}
