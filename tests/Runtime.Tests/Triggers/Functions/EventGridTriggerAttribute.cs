using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

/// <summary>An application's own trigger attribute, as the runtime recognises it: by name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EventGridTriggerAttribute : TriggerBindingAttribute
{
    public bool IsBatched { get; set; }
}
