using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// The service's XML. The text of a message is preserved, including blanks, except that an XML reader turns a raw carriage return into a
/// line feed.
/// </summary>
internal static class QueueXml
{
    public const int MaximumText = 64 * 1024;

    // One character of the text can take six characters in XML (&quot;).
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

    /// <summary>Returns the text of the message in the body. Null for an empty body.</summary>
    /// <exception cref="QueueFault">The body is not a message, or the text exceeds 64 KiB.</exception>
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

    /// <summary>Replaces characters that XML cannot hold with U+FFFD, so that a response can quote the request.</summary>
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
