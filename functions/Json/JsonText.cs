using System.Text.Json;
using System.Text.Unicode;

namespace MeshPort.Json;

/// <summary>Parses JSON from outside: UTF-8, no duplicate properties, only Unicode text in strings.</summary>
internal static class JsonText
{
    private const int MostDepth = 64;

    private static ReadOnlySpan<byte> ByteOrderMark => "\ufeff"u8;

    /// <param name="problem">The error message; null when the JSON is valid.</param>
    /// <param name="depth">The most levels of objects and lists.</param>
    public static JsonElement Parse(ReadOnlyMemory<byte> body, out string? problem, int depth = MostDepth)
    {
        problem = null;
        body = body.Span.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body; // RFC 8259, section 8.1 allows ignoring it
        if (!Utf8.IsValid(body.Span))
        {
            problem = "The text is not UTF-8.";
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = depth });
            RequireText(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (InvalidOperationException)
        {
            problem = "A string contains half of a surrogate pair (\\ud800 to \\udfff).";
        }
        catch (JsonException exception)
        {
            problem = exception.Message;
        }

        return default;
    }

    /// <summary>The parser accepts escapes that are not Unicode text; reading such a string throws.</summary>
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
