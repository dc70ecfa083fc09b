using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>An event subscription in the form that delivery needs, read from its stored document.</summary>
internal sealed record EventSubscription(string Id, string Name, string Source, Uri Endpoint, JsonObject Properties)
{
    // Hidden from clients.
    public const string EndpointKey = "$endpoint";
    public const string SourceKey = "$source";
    public const string WriterKey = "$writer";

    public bool IsCloudEvents => Properties.Text("eventDeliverySchema") == "CloudEventSchemaV1_0";

    public int MaxDeliveryAttempts => Properties.Number("retryPolicy", "maxDeliveryAttempts") ?? 30;

    public TimeSpan TimeToLive => TimeSpan.FromMinutes(Properties.Number("retryPolicy", "eventTimeToLiveInMinutes") ?? 1440);

    public int MaxEventsPerBatch => Properties.Number("destination", "properties", "maxEventsPerBatch") ?? 1;

    public int PreferredBatchBytes => 1024 * (Properties.Number("destination", "properties", "preferredBatchSizeInKilobytes") ?? 64);

    public bool HasDeadLetterDestination => Properties["deadLetterDestination"] is not null;

    /// <summary>The object id of the last writer.</summary>
    public string Writer { get; private init; } = "";

    /// <summary>The Entra application of the webhook. Null when deliveries have no token.</summary>
    public string? Audience => Properties.Text("destination", "properties", "azureActiveDirectoryApplicationIdOrUri");

    public string? AudienceTenant => Properties.Text("destination", "properties", "azureActiveDirectoryTenantId");

    public static EventSubscription Read(JsonObject document) =>
        new(
            document.Text("id") ?? "",
            document.Text("name") ?? "",
            document.Text(SourceKey) ?? "",
            new Uri(document.Text(EndpointKey) ?? ""),
            document.Properties()
        )
        {
            Writer = document.Text(WriterKey) ?? "",
        };

    public bool IsActive(DateTimeOffset now) =>
        Properties.Text("provisioningState") == "Succeeded"
        && (
            Properties.Text("expirationTimeUtc") is not { } expiration
            || DateTimeOffset.Parse(expiration, System.Globalization.CultureInfo.InvariantCulture) > now
        );

    /// <param name="payload">The event in this subscription's schema.</param>
    public bool Wants(GridEvent raised, JsonObject payload)
    {
        var filter = Properties.Object("filter") ?? [];
        var comparison = filter.Flag("isSubjectCaseSensitive") == true ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return (
                filter.Array("includedEventTypes") is null
                || filter.Texts("includedEventTypes").Contains(raised.Type, StringComparer.OrdinalIgnoreCase)
            )
            && raised.Subject.StartsWith(filter.Text("subjectBeginsWith") ?? "", comparison)
            && raised.Subject.EndsWith(filter.Text("subjectEndsWith") ?? "", comparison)
            && filter.Objects("advancedFilters").All(advanced => AdvancedFilter.Read(advanced).Matches(payload));
    }
}
