using System.Globalization;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary><c>extensions.queues</c> of host.json, with the names, defaults and limits of the official extension.</summary>
internal sealed record QueueOptions
{
    /// <summary>The shortest time between two polls of an empty queue.</summary>
    public static readonly TimeSpan MinimumPollingInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest time between two polls in the development environment. Overrides host.json.</summary>
    public static readonly TimeSpan DevelopmentPollingInterval = TimeSpan.FromSeconds(2);

    /// <summary>The number of messages of one receive call.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>A new batch is received once at most this many messages are in work.</summary>
    public int NewBatchThreshold { get; init; } = 16 / 2 * Environment.ProcessorCount;

    /// <summary>The longest time between two polls of an empty queue.</summary>
    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a failed message stays invisible. The lease of a running message is separate.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>The number of attempts before a message goes to the poison queue.</summary>
    public int MaxDequeueCount { get; init; } = 5;

    public QueueMessageEncoding MessageEncoding { get; init; } = QueueMessageEncoding.Base64;

    /// <summary>Reads the section <c>extensions:queues</c>. Like the official host, it ignores unknown names.</summary>
    /// <param name="development">
    /// True when AZURE_FUNCTIONS_ENVIRONMENT is Development. An empty queue is then polled every 2 s at least.
    /// </param>
    /// <exception cref="InvalidOperationException">Values are invalid. The message lists all of them.</exception>
    public static QueueOptions From(IConfiguration section, bool development)
    {
        var reader = new Reader(section);
        var batchSize = reader.Number("batchSize", 1, 32, 16);
        var polling = reader.Time("maxPollingInterval", MinimumPollingInterval, TimeSpan.FromMinutes(1));
        var options = new QueueOptions
        {
            BatchSize = batchSize,
            NewBatchThreshold = reader.Number("newBatchThreshold", 0, int.MaxValue, batchSize / 2 * Environment.ProcessorCount),
            MaxPollingInterval = development && polling > DevelopmentPollingInterval ? DevelopmentPollingInterval : polling,
            VisibilityTimeout = reader.Time("visibilityTimeout", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7)),
            MaxDequeueCount = reader.Number("maxDequeueCount", 1, int.MaxValue, 5),
            MessageEncoding = reader.Encoding("messageEncoding"),
        };
        return reader.Errors.Count == 0 ? options : throw new InvalidOperationException(string.Join(" ", reader.Errors));
    }

    private sealed class Reader(IConfiguration section)
    {
        public List<string> Errors { get; } = [];

        public int Number(string name, int minimum, int maximum, int fallback) =>
            section[name] switch
            {
                null => fallback,
                var text
                    when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                        && number >= minimum
                        && number <= maximum => number,
                var text => Refuse(
                    name,
                    text,
                    maximum == int.MaxValue ? $"a whole number of {minimum} or more" : $"a whole number from {minimum} to {maximum}",
                    fallback
                ),
            };

        public TimeSpan Time(string name, TimeSpan minimum, TimeSpan fallback, TimeSpan? maximum = null) =>
            section[name] switch
            {
                null => fallback,
                var text
                    when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)
                        && time >= minimum
                        && time <= (maximum ?? TimeSpan.MaxValue) => time,
                var text => Refuse(
                    name,
                    text,
                    $"a time as hh:mm:ss of {minimum} or more{(maximum is { } limit ? $", {limit} at most" : "")}",
                    fallback
                ),
            };

        public QueueMessageEncoding Encoding(string name) =>
            section[name]?.ToLowerInvariant() switch
            {
                null or "base64" => QueueMessageEncoding.Base64,
                "none" => QueueMessageEncoding.None,
                var text => Refuse(name, text, "base64 or none", QueueMessageEncoding.Base64),
            };

        private T Refuse<T>(string name, string text, string expected, T fallback)
        {
            Errors.Add($"host.json: extensions.queues.{name} is '{text}'; it must be {expected}.");
            return fallback;
        }
    }
}
