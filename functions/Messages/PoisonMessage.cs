using System.Text;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Messages;

/// <summary>The record of a rejected message, in the state store and in the poison queue.</summary>
internal static class PoisonMessage
{
    private const int MostErrors = 20;
    private const int LongestDetail = 300;

    /// <summary>A queue message has at most 64 KiB, or 48 KiB before base64.</summary>
    private const int Limit = 48 * 1024;

    /// <param name="errors">Only the first ones are kept.</param>
    public static Rejection Record(
        string id,
        DateTimeOffset sentAt,
        DateTimeOffset rejectedAt,
        ClusterId? cluster,
        IReadOnlyList<FieldError> errors
    ) =>
        new(
            id,
            sentAt,
            rejectedAt,
            cluster?.Path,
            errors.Count,
            [.. errors.Take(MostErrors).Select(error => new FieldError(Cut(error.Pointer), error.Code, Cut(error.Detail)))]
        );

    /// <summary>
    /// The rejection with the original text, truncated to the size of a message. Escapes make a text longer, so the last errors may be left
    /// out, too.
    /// </summary>
    public static string Write(Rejection rejection, ReadOnlySpan<byte> original)
    {
        var text = Encoding.UTF8.GetString(original);
        while (true)
        {
            var written = MeshPortJson.Write(new PoisonBody(rejection, text));
            var excess = Encoding.UTF8.GetByteCount(written) - Limit;
            if (excess <= 0)
            {
                return written;
            }

            if (text.Length == 0)
            {
                rejection = rejection with { Errors = [.. rejection.Errors.SkipLast(1)] };
                continue;
            }

            text = text[..Math.Max(0, text.Length - Math.Max(1, excess / LongestEscape))];
        }
    }

    /// <summary>The longest JSON escape of a character: \\u0000.</summary>
    private const int LongestEscape = 6;

    private static string Cut(string text) => text.Length <= LongestDetail ? text : $"{text[..LongestDetail]}...";

    private sealed record PoisonBody(Rejection Rejection, string Message);
}
