using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>Puts, gets, peeks, updates, deletes and clears messages ("Operations on messages").</summary>
internal sealed class MessageApi(MessageStore store)
{
    private const int MaximumBatch = 32;
    private const int DefaultLease = 30;

    /// <summary>A message was put or released and can be received now. The argument is the queue's name.</summary>
    public event Action<string>? MessageVisible;

    public async Task<QueueAnswer> PutAsync(
        string queue,
        QueueParameters parameters,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var delay = parameters.Seconds("visibilitytimeout", 0, 0);
        var life = parameters.TimeToLive(delay);
        var text = await QueueXml.ReadMessageTextAsync(request, cancellationToken) ?? throw QueueFault.InvalidXml("The body is empty.");
        var message = await store.PutAsync(queue, text, delay, life, cancellationToken);
        AnnounceIfVisible(queue, delay);
        return new(201, Body([message], Receipt));
    }

    public async Task<QueueAnswer> GetAsync(string queue, QueueParameters parameters, CancellationToken cancellationToken)
    {
        var count = parameters.Number("numofmessages", 1, MaximumBatch, 1);
        if (parameters.Is("peekonly", "true"))
        {
            return new(200, Body(store.Peek(queue, count), Content));
        }

        var messages = await store.ReceiveAsync(queue, count, parameters.Seconds("visibilitytimeout", 1, DefaultLease), cancellationToken);
        return new(200, Body(messages, message => [.. Receipt(message), .. Content(message)]));
    }

    public async Task<QueueAnswer> UpdateAsync(
        string queue,
        string id,
        QueueParameters parameters,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        var receipt = parameters.Require("popreceipt");
        var delay = parameters.Seconds("visibilitytimeout", 0, fallback: null);
        var text = await QueueXml.ReadMessageTextAsync(request, cancellationToken);
        var message = await store.UpdateAsync(queue, id, receipt, text, delay, cancellationToken);
        AnnounceIfVisible(queue, delay);
        return new(204) { Headers = [("x-ms-popreceipt", message.PopReceipt), ("x-ms-time-next-visible", QueueXml.Time(message.Visible))] };
    }

    public async Task<QueueAnswer> DeleteAsync(string queue, string id, QueueParameters parameters, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(queue, id, parameters.Require("popreceipt"), cancellationToken);
        return new(204);
    }

    public async Task<QueueAnswer> ClearAsync(string queue, CancellationToken cancellationToken)
    {
        await store.ClearAsync(queue, cancellationToken);
        return new(204);
    }

    private void AnnounceIfVisible(string queue, TimeSpan delay)
    {
        if (delay == TimeSpan.Zero)
        {
            MessageVisible?.Invoke(queue);
        }
    }

    private static XElement Body(IEnumerable<StoredMessage> messages, Func<StoredMessage, IEnumerable<XElement>> fields) =>
        new(
            "QueueMessagesList",
            messages.Select(message => new XElement(
                "QueueMessage",
                new XElement("MessageId", message.Id),
                new XElement("InsertionTime", QueueXml.Time(message.Inserted)),
                new XElement("ExpirationTime", QueueXml.Time(message.Expires)),
                fields(message)
            ))
        );

    private static IEnumerable<XElement> Receipt(StoredMessage message) =>
        [new("PopReceipt", message.PopReceipt), new("TimeNextVisible", QueueXml.Time(message.Visible))];

    private static IEnumerable<XElement> Content(StoredMessage message) =>
        [new("DequeueCount", message.DequeueCount), new("MessageText", message.Text)];
}
