using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class EmbeddedQueuesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));
    private EmbeddedService? _service;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private EmbeddedService Service => _service ?? throw new InvalidOperationException();

    public async ValueTask InitializeAsync() => _service = await EmbeddedService.StartAsync(_clock, Token);

    public async ValueTask DisposeAsync() => await Service.DisposeAsync();

    [Fact]
    public async Task A_queue_is_created_once_and_only_with_the_same_metadata()
    {
        var queue = Service.Client().GetQueueClient("orders");
        var metadata = new Dictionary<string, string> { ["owner"] = "mesh" };

        Assert.Equal(201, (await queue.CreateAsync(metadata, Token)).Status);
        Assert.Equal(204, (await queue.CreateAsync(metadata, Token)).Status);
        Assert.Null(await queue.CreateIfNotExistsAsync(metadata, Token));
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => queue.CreateAsync(cancellationToken: Token));
        Assert.Equal((409, "QueueAlreadyExists"), (refused.Status, refused.ErrorCode));
    }

    [Theory]
    [InlineData("ab", "OutOfRangeInput")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234", "OutOfRangeInput")]
    [InlineData("Orders", "InvalidResourceName")]
    [InlineData("orders--new", "InvalidResourceName")]
    [InlineData("-orders", "InvalidResourceName")]
    [InlineData("orders-", "InvalidResourceName")]
    [InlineData("orders_new", "InvalidResourceName")]
    public async Task An_invalid_name_is_rejected(string name, string code)
    {
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() =>
            Service.Client().GetQueueClient(name).CreateAsync(cancellationToken: Token)
        );

        Assert.Equal((400, code), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task Metadata_is_kept_and_replaced()
    {
        var queue = await Service.CreateQueueAsync("orders", Token);

        await queue.SetMetadataAsync(new Dictionary<string, string> { ["owner"] = "mesh", ["purpose"] = "a b" }, Token);
        Assert.Equal("a b", (await queue.GetPropertiesAsync(Token)).Value.Metadata["purpose"]);
        await queue.SetMetadataAsync(new Dictionary<string, string> { ["owner"] = "port" }, Token);
        QueueProperties properties = await queue.GetPropertiesAsync(Token);

        Assert.Equal([new("owner", "port")], properties.Metadata);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() =>
            queue.SetMetadataAsync(new Dictionary<string, string> { ["1st"] = "x" }, Token)
        );
        Assert.Equal("InvalidMetadata", refused.ErrorCode);
        refused = await Assert.ThrowsAsync<RequestFailedException>(() =>
            queue.SetMetadataAsync(new Dictionary<string, string> { ["big"] = new('x', 9000) }, Token)
        );
        Assert.Equal("MetadataTooLarge", refused.ErrorCode);
    }

    [Fact]
    public async Task Queues_are_listed_in_pages_by_prefix()
    {
        var client = Service.Client();
        foreach (var name in new[] { "other", "orders-3", "orders-1", "orders-2" })
        {
            await client.GetQueueClient(name).CreateAsync(new Dictionary<string, string> { ["name"] = name }, Token);
        }

        var pages = new List<string>();
        await foreach (
            var page in client.GetQueuesAsync(QueueTraits.Metadata, "orders", Token).AsPages(pageSizeHint: 2).WithCancellation(Token)
        )
        {
            Assert.All(page.Values, queue => Assert.Equal(queue.Name, queue.Metadata["name"]));
            pages.Add(string.Join(' ', page.Values.Select(queue => queue.Name)));
        }

        Assert.Equal(["orders-1 orders-2", "orders-3"], pages);
    }

    [Fact]
    public async Task Deleting_a_queue_deletes_its_messages()
    {
        var queue = await Service.CreateQueueAsync("orders", Token);
        await queue.SendMessageAsync("lost", Token);

        await queue.DeleteAsync(Token);
        Assert.False((await queue.ExistsAsync(Token)).Value);
        Assert.False((await queue.DeleteIfExistsAsync(Token)).Value);
        await queue.CreateAsync(cancellationToken: Token);

        Assert.Equal(0, (await queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task Every_call_on_an_absent_queue_reports_it()
    {
        var queue = Service.Client().GetQueueClient("absent");
        foreach (
            var call in new Func<Task>[]
            {
                () => queue.GetPropertiesAsync(Token),
                () => queue.SetMetadataAsync(new Dictionary<string, string>(), Token),
                () => queue.DeleteAsync(Token),
                () => queue.SendMessageAsync("x", Token),
                () => queue.ReceiveMessagesAsync(Token),
                () => queue.PeekMessagesAsync(1, Token),
                () => queue.ClearMessagesAsync(Token),
                () => queue.DeleteMessageAsync("id", "receipt", Token),
                () => queue.UpdateMessageAsync("id", "receipt", "x", cancellationToken: Token),
            }
        )
        {
            var refused = await Assert.ThrowsAsync<RequestFailedException>(call);
            Assert.Equal((404, "QueueNotFound"), (refused.Status, refused.ErrorCode));
        }
    }

    [Fact]
    public async Task A_restart_keeps_queues_messages_and_leases_and_changes_the_key()
    {
        var queue = await Service.CreateQueueAsync("orders", Token);
        await queue.SendMessageAsync("leased", Token);
        QueueMessage leased = await queue.ReceiveMessageAsync(TimeSpan.FromMinutes(10), Token);
        await queue.SendMessageAsync("waiting", Token);
        var before = Service.ConnectionString;

        await Service.RestartAsync(Token);

        var after = Service.Client().GetQueueClient("orders");
        Assert.Equal("waiting", (await after.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
        Assert.Null((await after.ReceiveMessageAsync(cancellationToken: Token)).Value);
        await after.DeleteMessageAsync(leased.MessageId, leased.PopReceipt, Token);
        Assert.NotEqual(Key(before), Key(Service.ConnectionString));
    }

    [Fact]
    public async Task An_acknowledged_write_is_on_disk()
    {
        var queue = await Service.CreateQueueAsync("orders", Token);
        await queue.SendMessageAsync("safe", Token);

        // The files as a killed process leaves them: nothing is closed.
        await using var copy = await EmbeddedService.StartAsync(_clock, Token);
        foreach (var suffix in new[] { "", "-wal" })
        {
            File.Copy(Service.DatabasePath + suffix, copy.DatabasePath + ".killed" + suffix);
        }

        using var reopened = new Runtime.Queues.QueueDatabase(copy.DatabasePath + ".killed");
        Assert.Equal(
            Convert.ToBase64String("safe"u8),
            Assert.Single(new Runtime.Queues.MessageStore(reopened, _clock).Peek("orders", 32)).Text
        );
    }

    private static string Key(string connectionString) =>
        connectionString.Split(';').Single(part => part.StartsWith("AccountKey=", StringComparison.Ordinal));
}
