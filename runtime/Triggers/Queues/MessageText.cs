using System.Text;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Between what a function sees and what travels: base64 of the bytes, or the text itself.</summary>
internal static class MessageText
{
    /// <summary>Throws instead of writing U+FFFD for bytes that are no UTF-8.</summary>
    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="DecoderFallbackException">The bytes are no UTF-8 text and are not to be encoded.</exception>
    public static string Encode(BinaryData body, QueueMessageEncoding encoding) =>
        encoding == QueueMessageEncoding.Base64 ? Convert.ToBase64String(body.ToMemory().Span) : StrictUtf8.GetString(body.ToMemory().Span);

    /// <summary>The message with its body decoded.</summary>
    /// <exception cref="FormatException">The text is not base64.</exception>
    public static QueueMessage Decode(QueueMessage message, QueueMessageEncoding encoding) =>
        encoding == QueueMessageEncoding.None
            ? message
            : QueuesModelFactory.QueueMessage(
                message.MessageId,
                message.PopReceipt,
                new BinaryData(Convert.FromBase64String(message.MessageText)),
                message.DequeueCount,
                message.NextVisibleOn,
                message.InsertedOn,
                message.ExpiresOn
            );
}
