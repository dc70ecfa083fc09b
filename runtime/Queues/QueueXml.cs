using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>The XML of the service. A message's text crosses unchanged, blanks included; only a raw carriage return is a line feed to any XML reader.</summary>
internal static class QueueXml
{
    public const int MaximumText = 64 * 1024;

    // A character of the text can take six in XML (&quot;).
    private const int MaximumBody = (MaximumText * 6) + 1024;

    // Entitize: an XML reader turns a bare carriage return into a line feed.
    private static readonly XmlWriterSettings Writing = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        NewLineHandling = NewLineHandling.Entitize,
    };

    public static byte[] Write(XElement body)
    {
        using var buffer = new MemoryStream();
        using (var writer = XmlWriter.Create(buffer, Writing))
        {
            body.WriteTo(writer);
        }

        return buffer.ToArray();
    }

    /// <summary>The text of the message in the body, or null when there is no body.</summary>
    /// <exception cref="QueueFault">The body is no message, or the text is larger than 64 KiB.</exception>
    public static async Task<string?> ReadMessageTextAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await ReadBodyAsync(request.Body, cancellationToken);
        if (body.Length == 0)
        {
            return null;
        }

        try
        {
            var root = (await XDocument.LoadAsync(body, LoadOptions.PreserveWhitespace, cancellationToken)).Root;
            var text = root?.Name.LocalName == "QueueMessage" ? root.Element("MessageText")?.Value : null;
            return text is null ? throw QueueFault.InvalidXml("QueueMessage with a MessageText is expected.")
                : Encoding.UTF8.GetByteCount(text) > MaximumText ? throw QueueFault.BodyTooLarge(MaximumText)
                : text;
        }
        catch (XmlException exception)
        {
            throw QueueFault.InvalidXml(exception.Message);
        }
    }

    /// <summary>What a caller sent, for an answer: characters that XML cannot hold become U+FFFD.</summary>
    public static string Clean(string text) =>
        string.Create(
            text.Length,
            text,
            (clean, source) =>
            {
                for (var index = 0; index < clean.Length; index++)
                {
                    clean[index] = XmlConvert.IsXmlChar(source[index]) ? source[index] : '\ufffd';
                }
            }
        );

    public static string Time(DateTimeOffset time) => time.ToString("R", CultureInfo.InvariantCulture);

    private static async Task<MemoryStream> ReadBodyAsync(Stream body, CancellationToken cancellationToken)
    {
        var copy = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            copy.Write(buffer, 0, count);
            if (copy.Length > MaximumBody)
            {
                throw QueueFault.BodyTooLarge(MaximumText);
            }
        }

        copy.Position = 0;
        return copy;
    }
}
