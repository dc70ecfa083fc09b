using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

/// <summary>A trigger attribute that the application declares. The runtime recognizes it by name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EventGridTriggerAttribute : TriggerBindingAttribute
{
    public bool IsBatched { get; set; }
}
