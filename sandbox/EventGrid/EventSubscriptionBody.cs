using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// The properties that a client may write into an event subscription, and their stored form. The sandbox delivers to web-hooks only. Event
/// Grid requires HTTPS; a loopback address may use plain HTTP here, because no authority signs a certificate for one.
/// </summary>
internal static class EventSubscriptionBody
{
    private const string Tenant = "azureActiveDirectoryTenantId";
    private const string ApplicationId = "azureActiveDirectoryApplicationIdOrUri";
    private static readonly string[] Known =
    [
        "destination",
        "filter",
        "labels",
        "eventDeliverySchema",
        "retryPolicy",
        "deadLetterDestination",
        "expirationTimeUtc",
    ];
    private static readonly string[] ReadOnly = ["topic", "provisioningState"];
    private static readonly string[] Schemas = ["EventGridSchema", "CloudEventSchemaV1_0"];

    /// <summary>The properties as Event Grid stores and shows them, and the endpoint, which it does not show.</summary>
    /// <param name="asked">The properties of a request.</param>
    /// <exception cref="ArmException">A property is unknown or outside its limits.</exception>
    public static (JsonObject Properties, string Endpoint) Read(JsonObject asked, TopicType type)
    {
        RequireKnown(asked, "EventSubscriptionProperties", [.. Known, .. ReadOnly]);
        var (destination, endpoint) = Destination(
            asked.Object("destination") ?? throw Invalid("The destination of the event subscription must be given.")
        );
        return (
            new JsonObject
            {
                ["destination"] = destination,
                ["filter"] = Filter(asked.Object("filter") ?? [], type),
                ["labels"] = new JsonArray([.. asked.Texts("labels").Select(label => (JsonNode)label)]),
                ["eventDeliverySchema"] = Among(asked.Text("eventDeliverySchema") ?? Schemas[0], Schemas, "eventDeliverySchema"),
                ["retryPolicy"] = RetryPolicy(asked.Object("retryPolicy") ?? []),
                ["deadLetterDestination"] = asked.Object("deadLetterDestination") is { } deadLetters
                    ? DeadLetterDestination(deadLetters)
                    : null,
                ["expirationTimeUtc"] = Expiration(asked.Text("expirationTimeUtc")),
            },
            endpoint
        );
    }

    /// <summary>A PATCH has the changed values at the top level, not under <c>properties</c>.</summary>
    public static JsonObject Merge(JsonObject before, string endpoint, JsonObject patch)
    {
        RequireKnown(patch, "EventSubscriptionUpdateParameters", Known);
        var merged = (JsonObject)before.DeepClone();
        merged["destination"]!["properties"]!["endpointUrl"] = endpoint; // Read stored both
        foreach (var name in Known.Where(name => patch[name] is not null))
        {
            merged[name] = patch[name]?.DeepClone();
        }

        return merged;
    }

    private static (JsonObject Destination, string Endpoint) Destination(JsonObject asked)
    {
        RequireKnown(asked, "EventSubscriptionDestination", ["endpointType", "properties"]);
        if (!string.Equals(asked.Text("endpointType"), "WebHook", StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid($"The destination endpoint type '{asked.Text("endpointType")}' is not supported. Only WebHook is supported.");
        }

        var properties = asked.Object("properties") ?? [];
        RequireKnown(
            properties,
            "WebHookEventSubscriptionDestinationProperties",
            ["endpointUrl", "endpointBaseUrl", "maxEventsPerBatch", "preferredBatchSizeInKilobytes", Tenant, ApplicationId]
        );
        var endpoint = properties.Text("endpointUrl") ?? throw Invalid("The endpointUrl of the web-hook must be given.");
        if (
            !Uri.TryCreate(endpoint, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        )
        {
            throw Invalid("The specified endpoint URL is invalid: it must be an absolute HTTPS URL (or plain HTTP on a loopback address).");
        }

        var shown = new JsonObject
        {
            ["endpointBaseUrl"] = url.GetLeftPart(UriPartial.Path),
            ["maxEventsPerBatch"] = Within(properties.Number("maxEventsPerBatch") ?? 1, 1, 5000, "maxEventsPerBatch"),
            ["preferredBatchSizeInKilobytes"] = Within(
                properties.Number("preferredBatchSizeInKilobytes") ?? 64,
                1,
                1024,
                "preferredBatchSizeInKilobytes"
            ),
        };
        if (properties.Text(Tenant) is null != properties.Text(ApplicationId) is null)
        {
            throw Invalid($"A web-hook with Microsoft Entra authentication needs both {Tenant} and {ApplicationId}.");
        }

        if (properties.Text(ApplicationId) is { } application)
        {
            (shown[Tenant], shown[ApplicationId]) = (properties.Text(Tenant), application);
        }

        return (new JsonObject { ["endpointType"] = "WebHook", ["properties"] = shown }, endpoint);
    }

    private static JsonObject Filter(JsonObject asked, TopicType type)
    {
        RequireKnown(
            asked,
            "EventSubscriptionFilter",
            [
                "subjectBeginsWith",
                "subjectEndsWith",
                "includedEventTypes",
                "isSubjectCaseSensitive",
                "enableAdvancedFilteringOnArrays",
                "advancedFilters",
            ]
        );
        var advanced = asked.Objects("advancedFilters");
        foreach (var filter in advanced)
        {
            AdvancedFilter.Read(filter);
        }

        _ = Within(advanced.Count, 0, 25, "the number of advancedFilters");
        var types = asked.Texts("includedEventTypes");
        var shown = new JsonObject
        {
            ["subjectBeginsWith"] = asked.Text("subjectBeginsWith") ?? "",
            ["subjectEndsWith"] = asked.Text("subjectEndsWith") ?? "",
            ["includedEventTypes"] = new JsonArray([.. (types is [] or ["All"] ? type.EventTypes : types).Select(name => (JsonNode)name)]),
            ["isSubjectCaseSensitive"] = asked.Flag("isSubjectCaseSensitive") ?? false,
            ["enableAdvancedFilteringOnArrays"] = asked.Flag("enableAdvancedFilteringOnArrays") ?? false,
        };
        if (advanced.Count > 0)
        {
            shown["advancedFilters"] = asked["advancedFilters"]?.DeepClone();
        }

        return shown;
    }

    private static JsonObject RetryPolicy(JsonObject asked)
    {
        RequireKnown(asked, "RetryPolicy", ["maxDeliveryAttempts", "eventTimeToLiveInMinutes"]);
        return new JsonObject
        {
            ["maxDeliveryAttempts"] = Within(asked.Number("maxDeliveryAttempts") ?? 30, 1, 30, "maxDeliveryAttempts"),
            ["eventTimeToLiveInMinutes"] = Within(asked.Number("eventTimeToLiveInMinutes") ?? 1440, 1, 1440, "eventTimeToLiveInMinutes"),
        };
    }

    private static JsonObject DeadLetterDestination(JsonObject asked)
    {
        RequireKnown(asked, "DeadLetterDestination", ["endpointType", "properties"]);
        _ = Among(asked.Text("endpointType") ?? "", ["StorageBlob"], "deadLetterDestination.endpointType");
        if (
            asked.Text("properties", "resourceId") is not { Length: > 0 }
            || asked.Text("properties", "blobContainerName") is not { Length: > 0 }
        )
        {
            throw Invalid("The dead letter destination must have a resourceId and a blobContainerName.");
        }

        return (JsonObject)asked.DeepClone();
    }

    private static string? Expiration(string? asked) =>
        asked is null || DateTimeOffset.TryParse(asked, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            ? asked
            : throw Invalid($"The expirationTimeUtc '{asked}' is not a time.");

    private static string Among(string asked, string[] allowed, string name) =>
        allowed.FirstOrDefault(value => string.Equals(value, asked, StringComparison.OrdinalIgnoreCase))
        ?? throw Invalid($"The {name} '{asked}' is invalid; it can be {string.Join(" or ", allowed)}.");

    private static int Within(int asked, int least, int most, string name) =>
        asked >= least && asked <= most ? asked : throw Invalid($"The {name} must be {least} to {most}; {asked} was given.");

    private static void RequireKnown(JsonObject asked, string type, string[] known)
    {
        if (
            asked.Select(property => property.Key).FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is
            { } unknown
        )
        {
            throw ArmErrors.InvalidContent($"Could not find member '{unknown}' on object of type '{type}'");
        }
    }

    private static ArmException Invalid(string message) => new(400, "InvalidRequest", message) { ByProvider = true };
}
