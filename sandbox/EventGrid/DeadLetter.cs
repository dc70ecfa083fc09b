using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>An event that was given up. Times are simulated.</summary>
/// <param name="Subscription">The ARM id of the event subscription.</param>
/// <param name="Reason"><c>MaxDeliveryAttemptsExceeded</c>, <c>TimeToLiveExceeded</c>, or <c>UndeliverableDueToClientError</c> for an answer that is not tried again.</param>
/// <param name="LastOutcome">The last answer's name, for example <c>NotFound</c>; <c>TimedOut</c> or <c>SocketError</c> when there was none.</param>
/// <param name="IsStored">The subscription names a dead-letter destination; without one Azure drops the event, and only this sandbox still knows it.</param>
/// <param name="Event">The event in the subscription's schema, with the dead-letter properties that Azure adds to it.</param>
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
