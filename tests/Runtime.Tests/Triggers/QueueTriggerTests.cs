namespace MeshPort.Runtime.Tests.Triggers;

public sealed class QueueTriggerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("texts", "hello", "Text hello 1 True")]
    [InlineData("bodies", "body", "body")]
    [InlineData("bytes", "raw", "raw")]
    [InlineData("messages", "whole", "whole 1")]
    public async Task A_message_of_the_embedded_queue_runs_its_function(string queue, string text, string seen)
    {
        await using var host = await TriggersHost.StartAsync();
        await host.SendAsync(queue, text, Cancelled);
        Assert.Equal(seen, await host.Deliveries.NextAsync(Cancelled));
        await Wait.UntilAsync(
            async () => (await host.Queues.GetQueueClient(queue).GetPropertiesAsync(Cancelled)).Value.ApproximateMessagesCount == 0,
            Cancelled
        );
    }

    [Fact]
    public async Task A_result_goes_to_the_output_with_one_message_for_each_item_of_an_array()
    {
        await using var host = await TriggersHost.StartAsync();
        await host.SendAsync("orders", """{"customer":"jose","amount":3}""", Cancelled);
        Assert.Equal("Order { Customer = jose, Amount = 3 } jose", await host.Deliveries.NextAsync(Cancelled));
        var receipts = host.Queues.GetQueueClient("receipts");
        await Wait.UntilAsync(
            async () =>
                await receipts.ExistsAsync(Cancelled) && (await receipts.GetPropertiesAsync(Cancelled)).Value.ApproximateMessagesCount == 2,
            Cancelled
        );
        var messages = (await receipts.ReceiveMessagesAsync(10, cancellationToken: Cancelled))
            .Value.Select(message => message.MessageText)
            .Order();
        Assert.Equal(["""{"For":"jose"}""", """{"For":"the house"}"""], messages);
    }

    [Fact]
    public async Task A_failing_message_goes_to_the_poison_queue_after_the_attempts_of_host_json()
    {
        await using var host = await TriggersHost.StartAsync(("extensions:queues:maxDequeueCount", "2"));
        await host.SendAsync("failing", "bad", Cancelled);
        Assert.Equal("1", await host.Deliveries.NextAsync(Cancelled));
        Assert.Equal("2", await host.Deliveries.NextAsync(Cancelled));
        var poison = host.Queues.GetQueueClient("failing-poison");
        await Wait.UntilAsync(
            async () => await poison.ExistsAsync(Cancelled) && (await poison.PeekMessageAsync(Cancelled)).Value?.MessageText == "bad",
            Cancelled
        );
    }

    [Fact]
    public async Task Messages_survive_a_restart_and_an_interrupted_one_runs_again()
    {
        await using var host = await TriggersHost.StartAsync();
        await host.SendAsync("slow", "again", Cancelled);
        Assert.Equal("again", await host.Deliveries.NextAsync(Cancelled));
        await host.RestartAsync();
        Assert.Equal("again", await host.Deliveries.NextAsync(Cancelled));
    }
}
