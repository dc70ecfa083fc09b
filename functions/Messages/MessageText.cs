using System.Buffers.Text;
using System.Text;

namespace MeshPort.Messages;

/// <summary>
/// Decodes the text of a queue message: base64, as Azure's tools and SDKs write it for Functions, or plain JSON. The trigger does not
/// decode (host.json, <c>messageEncoding</c>), because it would drop undecodable messages without a reason.
/// </summary>
internal static class MessageText
{
    /// <returns>The decoded text, or the text itself when it is not base64. JSON objects are not base64, which has no braces.</returns>
    public static ReadOnlyMemory<byte> Decode(BinaryData body) =>
        Base64.IsValid(body.ToMemory().Span) ? Convert.FromBase64String(body.ToString()) : body.ToMemory();

    public static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
