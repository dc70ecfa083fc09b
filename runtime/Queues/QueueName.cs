using System.Text.RegularExpressions;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// "Naming queues and metadata": 3 to 63 lower-case letters, digits and single hyphens between them. Metadata keys are C# identifiers.
/// </summary>
internal static partial class QueueName
{
    public static bool IsValid(string name) => name.Length is >= 3 and <= 63 && Shape().IsMatch(name);

    /// <exception cref="QueueFault">The name is invalid.</exception>
    public static string Validate(string name) =>
        name.Length is < 3 or > 63 ? throw QueueFault.NameLengthOutOfRange()
        : Shape().IsMatch(name) ? name
        : throw QueueFault.InvalidResourceName();

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
