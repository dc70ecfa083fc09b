using System.Text.Json;
using Azure.Messaging;
using Azure.Messaging.EventGrid;

namespace MeshPort.Runtime.Triggers.EventGrid;

/// <summary>Converts an event, or a batch of events, from JSON to a parameter's type. A failed conversion fails the function.</summary>
internal static class EventBinding
{
    /// <exception cref="JsonException">The event is not JSON for <paramref name="type"/>.</exception>
    /// <exception cref="ArgumentException">
    /// The event lacks a required field of <see cref="EventGridEvent"/> or <see cref="CloudEvent"/>.
    /// </exception>
    public static object? Convert(JsonElement element, Type type, JsonSerializerOptions json) =>
        element.ValueKind == JsonValueKind.Array && type.IsArray && type != typeof(byte[])
            ? Many(element, type.GetElementType() ?? typeof(object), json)
            : One(element, type, json);

    /// <returns>The reason why a parameter of this type cannot hold an event, or a batch of events. Null when it can.</returns>
    public static string? Refusal(Type type, bool isBatched) =>
        isBatched && !type.IsArray && type != typeof(string) && type != typeof(BinaryData)
            ? $"a batch of events can be bound to an array, a string or BinaryData, not to {type}."
        : !isBatched && type.IsArray && type != typeof(byte[]) ? $"one event cannot be bound to {type}; set IsBatched to receive many."
        : !ParameterTypes.IsValue(type) ? $"an event cannot be bound to {type}."
        : null;

    private static Array Many(JsonElement events, Type type, JsonSerializerOptions json)
    {
        var array = Array.CreateInstance(type, events.GetArrayLength());
        var index = 0;
        foreach (var element in events.EnumerateArray())
        {
            array.SetValue(One(element, type, json), index++);
        }

        return array;
    }

    private static object? One(JsonElement element, Type type, JsonSerializerOptions json)
    {
        if (type == typeof(string))
        {
            return element.GetRawText();
        }

        var body = BinaryData.FromString(element.GetRawText());
        return type == typeof(BinaryData) ? body
            : type == typeof(byte[]) ? body.ToArray()
            : type == typeof(EventGridEvent) ? EventGridEvent.Parse(body)
            : type == typeof(CloudEvent) ? CloudEvent.Parse(body)
            : element.Deserialize(type, json);
    }
}
