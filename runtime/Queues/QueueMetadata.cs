using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Queues;

/// <summary>The metadata of a queue, carried as x-ms-meta-* headers.</summary>
internal static partial class QueueMetadata
{
    public const string Prefix = "x-ms-meta-";
    private const int MaximumSize = 8 * 1024;

    public static SortedDictionary<string, string> Empty => new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="QueueFault">A key is empty or not an identifier, or all pairs together exceed 8 KiB.</exception>
    public static SortedDictionary<string, string> Read(IHeaderDictionary headers)
    {
        var metadata = Empty;
        foreach (var (header, value) in headers)
        {
            if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var key = header[Prefix.Length..];
            metadata[
                key.Length == 0 ? throw QueueFault.EmptyMetadataKey()
                : Identifier().IsMatch(key) ? key
                : throw QueueFault.InvalidMetadata()
            ] = value.ToString();
        }

        return metadata.Sum(pair => pair.Key.Length + pair.Value.Length) <= MaximumSize ? metadata : throw QueueFault.MetadataTooLarge();
    }

    public static string ToJson(SortedDictionary<string, string> metadata) => JsonSerializer.Serialize(metadata);

    public static SortedDictionary<string, string> FromJson(string json) =>
        new(JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [], StringComparer.OrdinalIgnoreCase);

    public static bool AreEqual(SortedDictionary<string, string> one, SortedDictionary<string, string> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var value) && value == pair.Value);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
