using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Stands in for the official one where its package is not to be had (eng/check-azure.sh): the shape that the generators read.</summary>
public sealed class EventGridTriggerAttribute : TriggerBindingAttribute
{
    [DefaultValue(false)]
    public bool IsBatched { get; set; }
}
