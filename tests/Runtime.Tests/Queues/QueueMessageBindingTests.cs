using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using MeshPort.Runtime.Triggers.Queues;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class QueueMessageBindingTests
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };
    private static readonly DateTimeOffset Time = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    [Fact]
    public void The_trigger_parameter_can_have_any_type_of_the_extension()
    {
        var message = Message("""{"name": "jose", "Port": 9000}""");

        Assert.Same(message, QueueMessageBinding.Convert(message, typeof(QueueMessage), Json));
        Assert.Equal(message.MessageText, QueueMessageBinding.Convert(message, typeof(string), Json));
        Assert.Equal(message.Body.ToArray(), QueueMessageBinding.Convert(message, typeof(byte[]), Json));
        Assert.Equal(message.MessageText, QueueMessageBinding.Convert(message, typeof(BinaryData), Json)?.ToString());
        Assert.Equal(new Order("jose", 9000), QueueMessageBinding.Convert(message, typeof(Order), Json));
    }

    [Fact]
    public void A_failed_conversion_throws()
    {
        Assert.Throws<JsonException>(() => QueueMessageBinding.Convert(Message("no json"), typeof(Order), Json));
        Assert.Throws<DecoderFallbackException>(() =>
            QueueMessageBinding.Convert(Message(new BinaryData([0xff, 0xfe, 0xfd])), typeof(string), Json)
        );
    }

    [Fact]
    public void The_metadata_of_a_message_is_bound_by_name_without_case()
    {
        var data = QueueMessageBinding.BindingData(Message("text"));

        Assert.Equal("text", data["queueTrigger"]);
        Assert.Equal("the-id", data["id"]);
        Assert.Equal("receipt", data["popReceipt"]);
        Assert.Equal(3, QueueMessageBinding.ConvertData(data["DequeueCount"], typeof(int), Json));
        Assert.Equal(3L, QueueMessageBinding.ConvertData(data["dequeuecount"], typeof(long), Json));
        Assert.Equal("3", QueueMessageBinding.ConvertData(data["dequeuecount"], typeof(string), Json));
        Assert.Equal(Time, QueueMessageBinding.ConvertData(data["insertionTime"], typeof(DateTimeOffset), Json));
        Assert.Equal(Time.UtcDateTime, QueueMessageBinding.ConvertData(data["nextVisibleTime"], typeof(DateTime), Json));
        Assert.Equal(Time.AddDays(7), data["ExpirationTime"]);
    }

    [Fact]
    public void Top_level_properties_of_a_JSON_message_are_bound_by_name()
    {
        var data = QueueMessageBinding.BindingData(
            Message("""{"name": "jose", "port": 9000, "on": true, "none": null, "order": {"name": "x", "port": 1}}""")
        );

        Assert.Equal("jose", QueueMessageBinding.ConvertData(data["Name"], typeof(string), Json));
        Assert.Equal(9000, QueueMessageBinding.ConvertData(data["Port"], typeof(int), Json));
        Assert.Equal(true, QueueMessageBinding.ConvertData(data["on"], typeof(bool), Json));
        Assert.Null(QueueMessageBinding.ConvertData(data["none"], typeof(string), Json));
        Assert.Equal(new Order("x", 1), QueueMessageBinding.ConvertData(data["order"], typeof(Order), Json));
    }

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("{\"name\": ")]
    [InlineData("{} {}")]
    [InlineData("")]
    public void Other_text_has_no_properties(string text) => Assert.Equal(7, QueueMessageBinding.BindingData(Message(text)).Count);

    [Fact]
    public void Bytes_that_are_not_text_have_no_QueueTrigger() =>
        Assert.False(QueueMessageBinding.BindingData(Message(new BinaryData([0xff, 0xfe]))).ContainsKey("QueueTrigger"));

    [Fact]
    public void An_output_is_one_message_or_one_for_each_item_of_an_array()
    {
        Assert.Empty(Bodies(null));
        Assert.Equal(["text"], Bodies("text"));
        Assert.Equal(["""{"Name":"jose","Port":9000}"""], Bodies(new Order("jose", 9000)));
        Assert.Equal(["a", "b"], Bodies(new[] { "a", "b" }));
        Assert.Equal(["""{"Name":"x","Port":1}""", """{"Name":"y","Port":2}"""], Bodies(new List<Order> { new("x", 1), new("y", 2) }));
        Assert.Equal(["bytes"], Bodies("bytes"u8.ToArray()));
        Assert.Equal(["data"], Bodies(BinaryData.FromString("data")));
        Assert.Equal(["""{"k":1}"""], Bodies(new Dictionary<string, int> { ["k"] = 1 }));
        Assert.Equal(["42"], Bodies(42));
    }

    [Fact]
    public void Encoding_and_decoding_are_inverse()
    {
        var body = BinaryData.FromString("héllo");

        Assert.Equal("aMOpbGxv", QueueMessageText.Encode(body, QueueMessageEncoding.Base64));
        Assert.Equal("héllo", QueueMessageText.Encode(body, QueueMessageEncoding.None));
        Assert.Equal("héllo", QueueMessageText.Decode(Message("aMOpbGxv"), QueueMessageEncoding.Base64).MessageText);
        Assert.Throws<FormatException>(() => QueueMessageText.Decode(Message("no base64!"), QueueMessageEncoding.Base64));
    }

    private static IEnumerable<string> Bodies(object? value) => QueueOutputMessages.From(value, Json).Select(body => body.ToString());

    private static QueueMessage Message(string text) => Message(BinaryData.FromString(text));

    private static QueueMessage Message(BinaryData body) =>
        QueuesModelFactory.QueueMessage("the-id", "receipt", body, 3, Time, Time, Time.AddDays(7));

    private sealed record Order(string Name, int Port);
}
