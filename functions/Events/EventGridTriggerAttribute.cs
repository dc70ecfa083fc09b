using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

// The version of the host's own extension. Worker.Sdk reads it from this assembly and adds the package to the published app.
[assembly: ExtensionInformation("Microsoft.Azure.WebJobs.Extensions.EventGrid", "3.3.0")]

namespace MeshPort.Events;

/// <summary>
/// Runs a function for each event that Event Grid delivers. The host derives the binding's name, <c>eventGridTrigger</c>, from the name of
/// this type. It replaces the attribute of Microsoft.Azure.Functions.Worker.Extensions.EventGrid (docs/adr/0009).
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class EventGridTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>True: one call receives all events of a delivery.</summary>
    [DefaultValue(false)] // the generator of Worker.Sdk reads it, and fails where it is missing
    public bool IsBatched { get; set; }
}
