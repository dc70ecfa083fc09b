using MeshPort.Runtime.Contract.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Contract.Worker;

public sealed class EventGridTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>One invocation for all the events of a delivery.</summary>
    public bool IsBatched { get; set; }
}
