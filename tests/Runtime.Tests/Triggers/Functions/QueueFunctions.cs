using System.Text;
using Azure.Storage.Queues.Models;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

internal sealed record Order(string Customer, int Amount);

internal sealed record Receipt(string For);

internal sealed class QueueFunctions(Deliveries deliveries)
{
    [Function("Text")]
    public void Text([QueueTrigger("texts")] string message, int dequeueCount, string id, FunctionContext context) =>
        deliveries.Add(
            $"{context.FunctionDefinition.Name} {message} {dequeueCount} {id == (string?)context.BindingContext.BindingData["ID"]}"
        );

    [Function("Order")]
    [QueueOutput("receipts")]
    public Task<Receipt[]> OrderAsync([QueueTrigger("%OrdersQueue%")] Order order, string customer)
    {
        deliveries.Add($"{order} {customer}");
        return Task.FromResult<Receipt[]>([new Receipt(order.Customer), new Receipt("the house")]);
    }

    [Function("Body")]
    public void Body([QueueTrigger("bodies")] BinaryData body) => deliveries.Add(body.ToString());

    [Function("Bytes")]
    public void Bytes([QueueTrigger("bytes")] byte[] body) => deliveries.Add(Encoding.UTF8.GetString(body));

    [Function("Message")]
    public void Message([QueueTrigger("messages")] QueueMessage message) => deliveries.Add($"{message.Body} {message.DequeueCount}");

    [Function("Failing")]
    public void Failing([QueueTrigger("failing")] string message, long dequeueCount)
    {
        deliveries.Add($"{dequeueCount}");
        throw new InvalidOperationException(message);
    }

    [Function("Slow")]
    public async Task SlowAsync([QueueTrigger("slow")] string message, CancellationToken cancellationToken)
    {
        deliveries.Add(message);
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}
