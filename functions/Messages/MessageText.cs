using System.Buffers.Text;
using System.Text;

namespace MeshPort.Messages;

/// <summary>
/// A message's text as it is in the queue: base64, as Azure's tools and SDKs write it for Functions, or JSON as it is. The trigger is told to leave it alone (host.json, <c>messageEncoding</c>), since what
/// it cannot decode would never come here, and so could not be refused with a reason.
/// </summary>
internal static class MessageText
{
    /// <returns>The JSON; of a text that is no base64, the text. No JSON of a message is base64, which has no braces.</returns>
    public static ReadOnlyMemory<byte> Decode(BinaryData body) =>
        Base64.IsValid(body.ToMemory().Span) ? Convert.FromBase64String(body.ToString()) : body.ToMemory();

    public static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
