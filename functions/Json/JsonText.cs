using System.Text.Json;
using System.Text.Unicode;

namespace MeshPort.Json;

/// <summary>JSON that comes from outside: UTF-8, no property twice, nothing but Unicode text in its strings.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private static ReadOnlySpan<byte> ByteOrderMark => "\ufeff"u8;

    /// <param name="problem">What is wrong, for people; null when nothing is.</param>
    public static JsonElement Parse(ReadOnlyMemory<byte> body, out string? problem)
    {
        problem = null;
        body = body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body; // RFC 8259, section 8.1: files have it, and it may be passed over
        if (!Utf8.IsValid(body.Span))
        {
            problem = "The text is not UTF-8.";
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(body, Options);
            RequireText(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (InvalidOperationException)
        {
            problem = "A string has half of a surrogate pair (\\ud800 to \\udfff).";
        }
        catch (JsonException exception)
        {
            problem = exception.Message;
        }

        return default;
    }

    /// <summary>The parser takes escapes that are no Unicode text; reading them throws.</summary>
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    RequireText(item);
                }

                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
