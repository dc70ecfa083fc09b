using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>An event whose delivery was given up. Times are simulated.</summary>
/// <param name="Subscription">The ARM id of the event subscription.</param>
/// <param name="Reason">
/// <c>MaxDeliveryAttemptsExceeded</c>, <c>TimeToLiveExceeded</c>, or <c>UndeliverableDueToClientError</c> for an answer that ends the
/// retries.
/// </param>
/// <param name="LastOutcome">
/// The name of the last answer, for example <c>NotFound</c>. Without an answer: <c>TimedOut</c> or <c>SocketError</c>.
/// </param>
/// <param name="IsStored">
/// The subscription has a dead-letter destination. Without one Azure drops the event, and only this sandbox keeps it.
/// </param>
/// <param name="Event">The event in the subscription's schema, with Azure's dead-letter properties.</param>
public sealed record DeadLetter(
    string Subscription,
    string Reason,
    int Attempts,
    string LastOutcome,
    DateTimeOffset Published,
    DateTimeOffset? LastAttempt,
    bool IsStored,
    JsonObject Event
)
{
    internal static DeadLetter Of(QueuedDelivery delivery, EventSubscription subscription, string reason)
    {
        var letter = new DeadLetter(
            subscription.Id,
            reason,
            delivery.Attempts,
            delivery.LastOutcome ?? "Unknown",
            delivery.Published,
            delivery.LastAttempt,
            subscription.HasDeadLetterDestination,
            (JsonObject)delivery.Payload.DeepClone()
        );
        foreach (var (name, value) in letter.Properties())
        {
            letter.Event[subscription.IsCloudEvents ? name.ToLowerInvariant() : name] = value; // CloudEvents attributes are in lower case
        }

        return letter;
    }

    private IEnumerable<(string Name, JsonNode? Value)> Properties() =>
        [
            ("deadLetterReason", Reason),
            ("deliveryAttempts", Attempts),
            ("lastDeliveryOutcome", LastOutcome),
            ("publishTime", GridEvent.Stamp(Published)),
            ("lastDeliveryAttemptTime", LastAttempt is { } at ? GridEvent.Stamp(at) : null),
        ];
}
