using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Triggers.EventGrid;

/// <summary>
/// Recognizes the application's Event Grid trigger. Worker.Sdk derives a binding's type from the name of its attribute, so every attribute
/// with this name counts: Microsoft's, or one that the application declares.
/// </summary>
internal static class EventGridTrigger
{
    private const string AttributeName = "EventGridTriggerAttribute";
    private const string Batched = "IsBatched";

    public static bool Is(TriggerBindingAttribute trigger) => trigger.GetType().Name == AttributeName;

    /// <summary>True when one call receives all events of a delivery.</summary>
    public static bool IsBatched(TriggerBindingAttribute trigger) => trigger.GetType().GetProperty(Batched)?.GetValue(trigger) is true;
}
