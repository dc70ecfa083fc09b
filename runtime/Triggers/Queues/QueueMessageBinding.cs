using System.Collections.ObjectModel;
using System.Text.Json;
using Azure.Storage.Queues.Models;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Binds a decoded message to a function's parameters. A failed conversion fails the function.</summary>
internal static class QueueMessageBinding
{
    /// <summary>Converts the message to the type of the trigger parameter.</summary>
    /// <exception cref="JsonException">The body is not JSON for <paramref name="type"/>.</exception>
    /// <exception cref="System.Text.DecoderFallbackException">The body is not UTF-8 text.</exception>
    public static object? Convert(QueueMessage message, Type type, JsonSerializerOptions json) =>
        type == typeof(QueueMessage) ? message
        : type == typeof(BinaryData) ? message.Body
        : type == typeof(byte[]) ? message.Body.ToArray()
        : type == typeof(ReadOnlyMemory<byte>) ? message.Body.ToMemory()
        : type == typeof(string) ? Text(message)
        : JsonSerializer.Deserialize(message.Body.ToMemory().Span, type, json);

    /// <summary>
    /// The data for binding other parameters by name, and for <c>FunctionContext.BindingContext.BindingData</c>. Names are not
    /// case-sensitive. Top-level properties of a JSON message are text (JSON text unless they are strings). They override the message's
    /// metadata, as in the official extension.
    /// </summary>
    public static IReadOnlyDictionary<string, object?> BindingData(QueueMessage message)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["DequeueCount"] = message.DequeueCount,
            ["ExpirationTime"] = message.ExpiresOn ?? DateTimeOffset.MaxValue,
            ["Id"] = message.MessageId,
            ["InsertionTime"] = message.InsertedOn,
            ["NextVisibleTime"] = message.NextVisibleOn ?? DateTimeOffset.MaxValue,
            ["PopReceipt"] = message.PopReceipt,
        };
        if (TryText(message) is { } text)
        {
            data["QueueTrigger"] = text;
            foreach (var (name, value) in Properties(text))
            {
                data[name] = value;
            }
        }

        return new ReadOnlyDictionary<string, object?>(data);
    }

    /// <summary>Converts data to the type of a parameter that is bound by name.</summary>
    /// <exception cref="JsonException">The value cannot be converted to <paramref name="type"/>.</exception>
    public static object? ConvertData(object? value, Type type, JsonSerializerOptions json)
    {
        if (value is null || type.IsInstanceOfType(value))
        {
            return value;
        }

        var text = value as string;
        if (type == typeof(string))
        {
            return text ?? JsonSerializer.Serialize(value, json).Trim('"');
        }

        // A number or an object is already JSON. A date or a GUID must become a JSON string first.
        return text is null ? JsonSerializer.Deserialize(JsonSerializer.Serialize(value, json), type, json)
            : IsJson(text) ? JsonSerializer.Deserialize(text, type, json)
            : JsonSerializer.Deserialize(JsonSerializer.Serialize(text, json), type, json);
    }

    private static string Text(QueueMessage message) => QueueMessageText.StrictUtf8.GetString(message.Body.ToMemory().Span);

    private static string? TryText(QueueMessage message)
    {
        try
        {
            return Text(message);
        }
        catch (System.Text.DecoderFallbackException)
        {
            return null; // binary data has no text to bind, as in the official extension
        }
    }

    private static IEnumerable<(string Name, string? Value)> Properties(string text)
    {
        if (!IsJson(text))
        {
            yield break;
        }

        using var document = JsonDocument.Parse(text);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var property in document.RootElement.EnumerateObject())
        {
            yield return (
                property.Name,
                property.Value.ValueKind switch
                {
                    JsonValueKind.Null => null,
                    JsonValueKind.String => property.Value.GetString(),
                    _ => property.Value.GetRawText(),
                }
            );
        }
    }

    private static bool IsJson(string text)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
