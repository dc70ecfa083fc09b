using System.Text.Json;
using Azure.Core;
using Azure.Messaging;
using Azure.Messaging.EventGrid;

namespace MeshPort.Events;

/// <summary>
/// The relevant parts of an Azure event in one of two schemas: Event Grid's own (<c>eventType</c>, <c>eventTime</c>, <c>topic</c>) or
/// CloudEvents 1.0 (<c>type</c>, <c>time</c>, <c>source</c>). Of the claims about people it reads only the ids of the caller, and does not
/// store them.
/// </summary>
/// <param name="Id">The same in every delivery.</param>
/// <param name="Resource">The subject of the event.</param>
/// <param name="Action">The operation, such as Microsoft.ContainerService/managedClusters/write; null for events of AKS itself.</param>
/// <param name="Caller">The sender of the operation; null when the event does not contain it.</param>
internal sealed record AzureEvent(
    string Id,
    string Type,
    DateTimeOffset Time,
    ResourceIdentifier Resource,
    string? Action,
    CallerIds? Caller,
    JsonElement Data
)
{
    public const string OfKubernetes = "Microsoft.ContainerService.";
    public const string OfResources = "Microsoft.Resources.Resource";
    private const int LongestId = 1024;
    private const string ObjectIdClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier";

    /// <summary>The last part of the type.</summary>
    public string Name => Type[(Type.LastIndexOf('.') + 1)..];

    /// <returns>Null for JSON that is not a relevant event.</returns>
    public static AzureEvent? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        try
        {
            var body = BinaryData.FromString(json.GetRawText());
            return json.TryGetProperty("specversion", out _) ? Of(CloudEvent.Parse(body)) : Of(EventGridEvent.Parse(body));
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or JsonException)
        {
            return null; // a required member is missing or has another type
        }
    }

    /// <summary>A short text of the payload.</summary>
    public string? Detail(string name) => Text(Data, name) is { Length: > 0 and <= 64 } text ? text : null;

    private static AzureEvent? Of(CloudEvent? cloud) =>
        cloud is null ? null : Of(cloud.Id, cloud.Type, cloud.Time, cloud.Source, cloud.Subject, cloud.Data);

    private static AzureEvent? Of(EventGridEvent azure) =>
        Of(azure.Id, azure.EventType, azure.EventTime, azure.Topic, azure.Subject, azure.Data);

    private static AzureEvent? Of(string? id, string? type, DateTimeOffset? time, string? source, string? subject, BinaryData? payload)
    {
        if (
            id is not { Length: > 0 and <= LongestId }
            || type is null
            || payload?.ToObjectFromJson<JsonElement>() is not { ValueKind: JsonValueKind.Object } data
        )
        {
            return null;
        }

        var name =
            type.StartsWith(OfKubernetes, StringComparison.OrdinalIgnoreCase) ? source
            : type.StartsWith(OfResources, StringComparison.OrdinalIgnoreCase) ? Text(data, "resourceUri") ?? subject
            : null;
        return Parse(name) is { } resource
            ? new AzureEvent(id, type, time ?? DateTimeOffset.MaxValue, resource, Text(data, "operationName"), Ids(data), data)
            : null;
    }

    private static ResourceIdentifier? Parse(string? name)
    {
        try
        {
            return
                name is { Length: > 0 and <= LongestId }
                && ResourceIdentifier.TryParse(name, out var resource)
                && resource?.SubscriptionId is not null
                ? resource
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null; // the identifier parses its parts late
        }
    }

    private static CallerIds? Ids(JsonElement data) =>
        data.TryGetProperty("claims", out var claims) && claims.ValueKind == JsonValueKind.Object
            ? new CallerIds(Text(claims, ObjectIdClaim) ?? Text(claims, "oid"), Text(claims, "appid"))
            : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <param name="ObjectId">The user or service principal in Entra.</param>
/// <param name="ApplicationId">The client application.</param>
internal sealed record CallerIds(string? ObjectId, string? ApplicationId)
{
    /// <summary>
    /// A user may use the same application as MeshPort, and MeshPort may run as a user, so both ids must be equal if both are known.
    /// </summary>
    public bool AreThoseOf(CallerIds other) =>
        (ObjectId, other.ObjectId) is ({ Length: > 0 }, { Length: > 0 })
            ? Same(ObjectId, other.ObjectId)
                && (
                    string.IsNullOrEmpty(ApplicationId)
                    || string.IsNullOrEmpty(other.ApplicationId)
                    || Same(ApplicationId, other.ApplicationId)
                )
            : ApplicationId is { Length: > 0 } && Same(ApplicationId, other.ApplicationId);

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
