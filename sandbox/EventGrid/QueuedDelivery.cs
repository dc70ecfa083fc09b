using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>An event on its way to one subscription, in that subscription's schema. Times are simulated.</summary>
/// <param name="Key">Sorts by the order of publication.</param>
/// <param name="Attempts">How often it has been sent in vain.</param>
/// <param name="LastOutcome">Why the last attempt failed.</param>
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
