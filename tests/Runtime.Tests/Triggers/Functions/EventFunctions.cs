using Azure.Messaging;
using Azure.Messaging.EventGrid;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

internal sealed record PlainEvent(string Id, string Subject);

internal sealed class EventFunctions(Deliveries deliveries)
{
    [Function("OnEvent")]
    public void OnEvent([EventGridTrigger] EventGridEvent received)
    {
        deliveries.Add($"{received.EventType} {received.Id}");
        if (received.Subject == "bad")
        {
            throw new InvalidOperationException($"no good: {received.Id}");
        }
    }

    [Function("OnCloudEvent")]
    public void OnCloudEvent([EventGridTrigger] CloudEvent received) => deliveries.Add($"{received.Type} {received.Data}");

    [Function("OnBatch")]
    public void OnBatch([EventGridTrigger(IsBatched = true)] EventGridEvent[] received) =>
        deliveries.Add(string.Join(' ', received.Select(one => one.Id)));

    [Function("OnText")]
    public void OnText([EventGridTrigger] string received) => deliveries.Add(received);

    [Function("OnData")]
    public void OnData([EventGridTrigger(IsBatched = true)] BinaryData received) => deliveries.Add(received.ToString());

    [Function("OnPlain")]
    [QueueOutput("texts")]
    public static string OnPlain([EventGridTrigger] PlainEvent received) => $"{received}";
}
