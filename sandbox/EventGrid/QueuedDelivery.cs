using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>A pending delivery of an event to one subscription, in that subscription's schema. Times are simulated.</summary>
/// <param name="Key">Sorts by publication order.</param>
/// <param name="Attempts">The number of failed attempts.</param>
/// <param name="LastOutcome">The reason of the last failure.</param>
internal sealed record QueuedDelivery(
    string Key,
    string Subscription,
    JsonObject Payload,
    DateTimeOffset Published,
    DateTimeOffset Due,
    int Attempts = 0,
    int? LastStatus = null,
    string? LastOutcome = null,
    DateTimeOffset? LastAttempt = null
)
{
    public static QueuedDelivery Read(JsonObject document) => document.Deserialize<QueuedDelivery>()!; // written by Write

    public JsonObject Write() => (JsonObject)JsonSerializer.SerializeToNode(this)!; // a record is an object
}
