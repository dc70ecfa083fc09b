using System.Text;
using MeshPort.Access;
using MeshPort.Json;

namespace MeshPort.Events;

/// <summary>Receives events from the webhook of the Functions host, which checks its system key. It cannot see a token.</summary>
internal sealed class ClusterEvents(EventReceiver receiver, EventSenderCheck sender)
{
    /// <exception cref="InvalidOperationException">
    /// Deliveries need a token. Event Grid repeats the delivery, and keeps a dead letter in the end.
    /// </exception>
    [Function(nameof(ClusterEvents))]
    public Task RunAsync([EventGridTrigger] string text, [DurableClient] DurableTaskClient durable, CancellationToken cancellationToken) =>
        sender.IsRequired
            ? throw new InvalidOperationException(
                $"The setting {AccessOptions.Section}:Events:Audience requires a token of Event Grid, and this delivery has a key only. "
                    + "Let the event subscription deliver to the webhook /api/events (infra/events.bicep)."
            )
            : receiver.ReceiveAsync(JsonText.Parse(Encoding.UTF8.GetBytes(text), out _), durable, cancellationToken);
}
