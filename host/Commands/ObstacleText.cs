using System.Text.RegularExpressions;

namespace MeshPort.Host.Commands;

/// <summary>
/// The messages of the conditions of one resource. Conditions that wait for an earlier one repeat its message; they name that condition
/// instead.
/// </summary>
internal sealed partial class ObstacleText
{
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <param name="type">The type of the condition.</param>
    /// <param name="status">Null for an entry of the history that is not about a condition.</param>
    public string Of(string type, string? status, string? message)
    {
        var text = (message ?? "").ReplaceLineEndings(" ");
        if (status is null or "True")
        {
            return text;
        }

        var cause = Cause().Match(text);
        return _told.TryAdd(text[cause.Length..], type) ? text
            : _told[text[cause.Length..]] == type ? text
            : $"Waits for {(cause.Success ? cause.Groups["type"].Value : _told[text])}.";
    }

    /// <summary>The beginning of a message that tells of another condition: <c>ClusterReady is False: </c>.</summary>
    [GeneratedRegex("^(?<type>[A-Za-z]+) is (False|Unknown): ")]
    private static partial Regex Cause();
}
