using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class EmbeddedMessagesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));
    private EmbeddedService? _service;
    private QueueClient? _queue;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private EmbeddedService Service => _service ?? throw new InvalidOperationException();

    private QueueClient Queue => _queue ?? throw new InvalidOperationException();

    public async ValueTask InitializeAsync()
    {
        _service = await EmbeddedService.StartAsync(_clock, Token);
        _queue = await _service.CreateQueueAsync("orders", Token);
    }

    public async ValueTask DisposeAsync() => await Service.DisposeAsync();

    [Fact]
    public async Task A_received_message_equals_the_sent_one()
    {
        SendReceipt sent = await Queue.SendMessageAsync("hello", Token);
        QueueMessage received = await Queue.ReceiveMessageAsync(cancellationToken: Token);

        Assert.Equal(sent.MessageId, received.MessageId);
        Assert.Equal("hello", received.MessageText);
        Assert.Equal(1, received.DequeueCount);
        Assert.Equal(_clock.GetUtcNow(), received.InsertedOn);
        Assert.Equal(_clock.GetUtcNow().AddDays(7), received.ExpiresOn);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(30), received.NextVisibleOn);
        Assert.NotEqual(sent.PopReceipt, received.PopReceipt);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("  leading and trailing  ")]
    [InlineData("lines\nand\ttabs\n")]
    [InlineData("<xml attribute=\"a & b\">'</xml> ]]>")]
    [InlineData("snowman ☃, emoji 😀, e\u0301")]
    public async Task Text_without_encoding_is_unchanged(string text)
    {
        var queue = Service.Client(QueueMessageEncoding.None).GetQueueClient("orders");
        await queue.SendMessageAsync(text, Token);

        Assert.Equal(text, (await queue.PeekMessageAsync(Token)).Value.MessageText);
        Assert.Equal(text, (await queue.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
    }

    [Fact]
    public async Task A_received_message_is_invisible_until_its_timeout_and_then_counted_again()
    {
        await Queue.SendMessageAsync("once more", Token);
        QueueMessage first = await Queue.ReceiveMessageAsync(TimeSpan.FromSeconds(60), Token);

        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Null((await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value);
        _clock.Advance(TimeSpan.FromSeconds(1));
        QueueMessage second = await Queue.ReceiveMessageAsync(cancellationToken: Token);

        Assert.Equal(first.MessageId, second.MessageId);
        Assert.Equal(2, second.DequeueCount);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() =>
            Queue.DeleteMessageAsync(first.MessageId, first.PopReceipt, Token)
        );
        Assert.Equal((400, "PopReceiptMismatch"), (refused.Status, refused.ErrorCode));
        await Queue.DeleteMessageAsync(second.MessageId, second.PopReceipt, Token);
        Assert.Equal(0, (await Queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task A_pop_receipt_is_valid_after_its_timeout_until_another_receive()
    {
        await Queue.SendMessageAsync("slow", Token);
        QueueMessage message = await Queue.ReceiveMessageAsync(TimeSpan.FromSeconds(1), Token);
        _clock.Advance(TimeSpan.FromMinutes(5));

        await Queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, Token);

        Assert.Null((await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value);
    }

    [Fact]
    public async Task The_receipt_of_a_put_deletes_the_message()
    {
        SendReceipt sent = await Queue.SendMessageAsync("regretted", Token);

        await Queue.DeleteMessageAsync(sent.MessageId, sent.PopReceipt, Token);

        var gone = await Assert.ThrowsAsync<RequestFailedException>(() => Queue.DeleteMessageAsync(sent.MessageId, sent.PopReceipt, Token));
        Assert.Equal((404, "MessageNotFound"), (gone.Status, gone.ErrorCode));
    }

    [Fact]
    public async Task Peeking_changes_nothing()
    {
        await Queue.SendMessageAsync("seen", Token);

        PeekedMessage first = await Queue.PeekMessageAsync(Token);
        PeekedMessage again = await Queue.PeekMessageAsync(Token);

        Assert.Equal((first.MessageId, "seen", 0), (again.MessageId, again.MessageText, again.DequeueCount));
        Assert.Equal(1, (await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value.DequeueCount);
        Assert.Empty((await Queue.PeekMessagesAsync(32, Token)).Value);
    }

    [Fact]
    public async Task An_update_sets_text_and_visibility_and_gives_a_new_receipt()
    {
        await Queue.SendMessageAsync("draft", Token);
        QueueMessage message = await Queue.ReceiveMessageAsync(cancellationToken: Token);

        UpdateReceipt updated = await Queue.UpdateMessageAsync(
            message.MessageId,
            message.PopReceipt,
            "final",
            TimeSpan.FromMinutes(2),
            Token
        );

        Assert.Equal(_clock.GetUtcNow().AddMinutes(2), updated.NextVisibleOn);
        var stale = await Assert.ThrowsAsync<RequestFailedException>(() =>
            Queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: Token)
        );
        Assert.Equal("PopReceiptMismatch", stale.ErrorCode);
        await Queue.UpdateMessageAsync(message.MessageId, updated.PopReceipt, visibilityTimeout: TimeSpan.Zero, cancellationToken: Token);
        QueueMessage again = await Queue.ReceiveMessageAsync(cancellationToken: Token);
        Assert.Equal(("final", 2), (again.MessageText, again.DequeueCount));
    }

    [Fact]
    public async Task A_message_is_deleted_when_its_time_to_live_ends()
    {
        await Queue.SendMessageAsync("short", timeToLive: TimeSpan.FromSeconds(10), cancellationToken: Token);
        await Queue.SendMessageAsync("week", cancellationToken: Token);
        await Queue.SendMessageAsync("ever", timeToLive: TimeSpan.FromSeconds(-1), cancellationToken: Token);

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["week", "ever"], (await Queue.PeekMessagesAsync(32, Token)).Value.Select(message => message.MessageText));
        Assert.Equal(2, (await Queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount);
        _clock.Advance(TimeSpan.FromDays(7));
        QueueMessage last = Assert.Single((await Queue.ReceiveMessagesAsync(32, cancellationToken: Token)).Value);

        Assert.Equal("ever", last.MessageText);
        Assert.Equal(9999, last.ExpiresOn?.Year);
    }

    [Fact]
    public async Task A_message_can_be_sent_with_a_delay()
    {
        await Queue.SendMessageAsync("later", visibilityTimeout: TimeSpan.FromHours(1), cancellationToken: Token);

        Assert.Null((await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value);
        Assert.Equal(1, (await Queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("later", (await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
    }

    [Fact]
    public async Task The_text_of_a_message_is_limited_to_64_KiB()
    {
        var queue = Service.Client(QueueMessageEncoding.None).GetQueueClient("orders");
        var largest = new string('&', 64 * 1024); // five characters each in XML

        await queue.SendMessageAsync(largest, Token);

        Assert.Equal(largest, (await queue.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => queue.SendMessageAsync(largest + "x", Token));
        Assert.Equal((413, "RequestBodyTooLarge"), (refused.Status, refused.ErrorCode));
        refused = await Assert.ThrowsAsync<RequestFailedException>(() => queue.SendMessageAsync(new string('&', 1024 * 1024), Token));
        Assert.Equal((413, "RequestBodyTooLarge"), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task Clearing_deletes_all_messages()
    {
        for (var number = 0; number < 5; number++)
        {
            await Queue.SendMessageAsync($"{number}", Token);
        }

        await Queue.ReceiveMessageAsync(cancellationToken: Token);
        await Queue.ClearMessagesAsync(Token);

        Assert.Equal(0, (await Queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task Messages_are_received_in_the_order_in_which_they_became_visible()
    {
        await Queue.SendMessageAsync("third", visibilityTimeout: TimeSpan.FromSeconds(5), cancellationToken: Token);
        await Queue.SendMessageAsync("first", cancellationToken: Token);
        await Queue.SendMessageAsync("second", cancellationToken: Token);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(
            ["first", "second", "third"],
            (await Queue.ReceiveMessagesAsync(32, cancellationToken: Token)).Value.Select(message => message.MessageText)
        );
    }

    [Fact]
    public async Task Values_outside_the_limits_are_rejected_with_the_services_error()
    {
        await RefusedAsync("OutOfRangeQueryParameterValue", () => Queue.ReceiveMessagesAsync(33, cancellationToken: Token));
        await RefusedAsync("OutOfRangeQueryParameterValue", () => Queue.ReceiveMessagesAsync(0, cancellationToken: Token));
        await RefusedAsync("OutOfRangeQueryParameterValue", () => Queue.PeekMessagesAsync(33, Token));
        await RefusedAsync("OutOfRangeQueryParameterValue", () => Queue.ReceiveMessagesAsync(1, TimeSpan.FromDays(8), Token));
        await RefusedAsync("OutOfRangeQueryParameterValue", () => Queue.ReceiveMessagesAsync(1, TimeSpan.Zero, Token));
        await RefusedAsync(
            "OutOfRangeQueryParameterValue",
            () => Queue.SendMessageAsync("x", TimeSpan.FromDays(8), cancellationToken: Token)
        );
        await RefusedAsync(
            "InvalidQueryParameterValue",
            () => Queue.SendMessageAsync("x", timeToLive: TimeSpan.FromSeconds(-2), cancellationToken: Token)
        );
        await RefusedAsync(
            "InvalidQueryParameterValue",
            () => Queue.SendMessageAsync("x", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), Token)
        );
    }

    [Fact]
    public async Task Every_message_goes_to_one_of_many_receivers()
    {
        const int Count = 120;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(number => Queue.SendMessageAsync($"{number}", Token)));

        var received = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(async _ =>
                {
                    var own = new List<string>();
                    while ((await Queue.ReceiveMessagesAsync(5, cancellationToken: Token)).Value is { Length: > 0 } batch)
                    {
                        own.AddRange(batch.Select(message => message.MessageText));
                    }

                    return own;
                })
        );

        Assert.Equal(Enumerable.Range(0, Count), received.SelectMany(own => own).Select(int.Parse).Order());
    }

    [Fact]
    public async Task A_put_or_released_message_is_announced_at_once()
    {
        var announced = new List<string>();
        Service.Queues.MessageVisible += announced.Add;

        await Queue.SendMessageAsync("now", Token);
        await Queue.SendMessageAsync("later", visibilityTimeout: TimeSpan.FromSeconds(1), cancellationToken: Token);

        Assert.Equal(["orders"], announced);
    }

    private static async Task RefusedAsync(string code, Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RequestFailedException>(call);
        Assert.Equal((400, code), (refused.Status, refused.ErrorCode));
    }
}
