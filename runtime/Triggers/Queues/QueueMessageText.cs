using System.Text;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>Converts between a message's bytes and its text in the queue: base64, or UTF-8 as is.</summary>
internal static class QueueMessageText
{
    /// <summary>Throws on invalid UTF-8 instead of writing U+FFFD.</summary>
    public static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="DecoderFallbackException">The bytes are not UTF-8, and the encoding is None.</exception>
    public static string Encode(BinaryData body, QueueMessageEncoding encoding) =>
        encoding == QueueMessageEncoding.Base64 ? Convert.ToBase64String(body.ToMemory().Span) : StrictUtf8.GetString(body.ToMemory().Span);

    /// <summary>Returns the message with a decoded body.</summary>
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
