using System.Text;
using Azure.Storage.Queues;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class QueueOptionsTests
{
    [Fact]
    public void Without_settings_the_defaults_of_the_extension_apply()
    {
        var options = Read("""{"version": "2.0"}""");

        Assert.Equal(new QueueOptions(), options);
        Assert.Equal((16, 8 * Environment.ProcessorCount, 5), (options.BatchSize, options.NewBatchThreshold, options.MaxDequeueCount));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.Zero), (options.MaxPollingInterval, options.VisibilityTimeout));
        Assert.Equal(QueueMessageEncoding.Base64, options.MessageEncoding);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var options = Read(
            """
            {"extensions": {"queues": {
              "maxPollingInterval": "00:00:05", "visibilityTimeout": "00:00:30", "batchSize": 8,
              "maxDequeueCount": 2, "newBatchThreshold": 0, "messageEncoding": "none"}}}
            """
        );

        Assert.Equal(
            new QueueOptions
            {
                BatchSize = 8,
                NewBatchThreshold = 0,
                MaxPollingInterval = TimeSpan.FromSeconds(5),
                VisibilityTimeout = TimeSpan.FromSeconds(30),
                MaxDequeueCount = 2,
                MessageEncoding = QueueMessageEncoding.None,
            },
            options
        );
    }

    [Fact]
    public void The_threshold_follows_the_batch_size() =>
        Assert.Equal(2 * Environment.ProcessorCount, Read("""{"extensions": {"queues": {"batchSize": 4}}}""").NewBatchThreshold);

    [Theory]
    [InlineData("00:01:00", "00:00:02")]
    [InlineData("00:00:01", "00:00:01")]
    public void Development_polls_every_two_seconds_at_least(string said, string expected) =>
        Assert.Equal(
            TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture),
            Read(
                """{"extensions": {"queues": {"maxPollingInterval": "TIME"}}}""".Replace("TIME", said, StringComparison.Ordinal),
                development: true
            ).MaxPollingInterval
        );

    [Fact]
    public void All_invalid_values_are_reported_at_once()
    {
        var refused = Assert.Throws<InvalidOperationException>(() =>
            Read(
                """
                {"extensions": {"queues": {
                  "maxPollingInterval": "00:00:00.05", "visibilityTimeout": "8.00:00:00", "batchSize": 33,
                  "maxDequeueCount": 0, "newBatchThreshold": -1, "messageEncoding": "utf8"}}}
                """
            )
        );

        Assert.Equal(
            "host.json: extensions.queues.batchSize is '33'; it must be a whole number from 1 to 32. "
                + "host.json: extensions.queues.maxPollingInterval is '00:00:00.05'; "
                + "it must be a time as hh:mm:ss of 00:00:00.1000000 or more. "
                + "host.json: extensions.queues.newBatchThreshold is '-1'; it must be a whole number of 0 or more. "
                + "host.json: extensions.queues.visibilityTimeout is '8.00:00:00'; "
                + "it must be a time as hh:mm:ss of 00:00:00 or more, 7.00:00:00 at most. "
                + "host.json: extensions.queues.maxDequeueCount is '0'; it must be a whole number of 1 or more. "
                + "host.json: extensions.queues.messageEncoding is 'utf8'; it must be base64 or none.",
            refused.Message
        );
    }

    private static QueueOptions Read(string hostJson, bool development = false)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(hostJson));
        return QueueOptions.From(new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("extensions:queues"), development);
    }
}
