using MeshPort.Arm;

namespace MeshPort.Validation;

/// <summary>The tags of a cluster's spec, as Azure takes them ("Use tags to organize your Azure resources", limitations).</summary>
internal static class ClusterTags
{
    private const string Field = "tags";
    private const int LongestName = 512;
    private const int LongestValue = 256;

    /// <summary>Azure takes 50, and MeshPort adds its own.</summary>
    private const int Most = 49;
    private static readonly string[] Reserved = ["microsoft", "azure", "windows"];

    public static IReadOnlyDictionary<string, string> Read(SpecReader reader)
    {
        var tags = reader.TextMap(Field);
        foreach (var (name, value) in tags)
        {
            if (Trouble(name, value) is { } exception)
            {
                reader.Error($"{Field}/{SpecReader.Escape(name)}", "InvalidValue", exception);
            }
        }

        foreach (var one in tags.Keys.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(one => one.Count() > 1))
        {
            reader.Error(
                Field,
                "Duplicate",
                $"Azure compares names of tags without regard to case, so {string.Join(" and ", one)} are one; write it once."
            );
        }

        reader.RefuseMore(Field, tags.Count, Most);
        return tags;
    }

    /// <summary>What is wrong with a tag, or null. Its own tag tells MeshPort what it has made, and so may delete: with that name a spec could give away what is MeshPort's, or claim what is not.</summary>
    private static string? Trouble(string name, string value) =>
        name.Length is 0 or > LongestName || name.AsSpan().IndexOfAny("<>%&\\?/~") >= 0
            ? $"A name has 1 to {LongestName} characters and none of < > % & \\ ? / ~."
        : value.Length > LongestValue ? $"The value has {value.Length} characters; Azure takes {LongestValue}."
        : Reserved.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) is { } prefix
            ? $"Names that begin with '{prefix}' are Azure's; choose another."
        : name.Equals(Ownership.Tag, StringComparison.OrdinalIgnoreCase)
            ? $"With the tag '{Ownership.Tag}' MeshPort marks what it has made; choose another name."
        : null;
}
