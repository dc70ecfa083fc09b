using System.Globalization;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>An event as its source raised it, before it gets a subscription's schema.</summary>
/// <param name="Topics">The ARM ids that the event is published on. The source of a subscription must be one of them.</param>
internal sealed record GridEvent(
    string Id,
    IReadOnlyList<string> Topics,
    string Subject,
    string Type,
    DateTimeOffset Time,
    JsonObject Data,
    string DataVersion
)
{
    /// <summary>Renders the Event Grid schema or CloudEvents 1.0, with the spelling of <paramref name="topic"/>.</summary>
    public JsonObject Render(string topic, bool isCloudEvent) =>
        isCloudEvent
            ? new JsonObject
            {
                ["id"] = Id,
                ["source"] = topic,
                ["subject"] = Subject,
                ["type"] = Type,
                ["time"] = Stamp(Time),
                ["data"] = Data.DeepClone(),
                ["specversion"] = "1.0",
            }
            : new JsonObject
            {
                ["id"] = Id,
                ["topic"] = topic,
                ["subject"] = Subject,
                ["eventType"] = Type,
                ["eventTime"] = Stamp(Time),
                ["data"] = Data.DeepClone(),
                ["dataVersion"] = DataVersion,
                ["metadataVersion"] = "1",
            };

    public static string Stamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
