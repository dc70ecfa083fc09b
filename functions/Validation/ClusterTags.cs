using MeshPort.Arm;

namespace MeshPort.Validation;

/// <summary>Reads the tags of a cluster's spec, within Azure's limits ("Use tags to organize your Azure resources", limitations).</summary>
internal static class ClusterTags
{
    private const string Field = "tags";
    private const int LongestName = 512;
    private const int LongestValue = 256;

    /// <summary>Azure allows 50, and MeshPort adds one.</summary>
    private const int Most = 49;
    private static readonly string[] Reserved = ["microsoft", "azure", "windows"];

    /// <summary>
    /// MeshPort's own tag marks resources that MeshPort may delete; a spec that sets it could disown such a resource or claim a foreign
    /// one.
    /// </summary>
    private static readonly TextRule Name = new(name =>
        name.Length is 0 or > LongestName || name.AsSpan().IndexOfAny("<>%&\\?/~") >= 0
            ? $"The tag name is invalid. Write 1 to {LongestName} characters without < > % & \\ ? / ~."
        : Reserved.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) is { } prefix
            ? $"Azure reserves tag names that begin with '{prefix}'. Choose another name."
        : name.Equals(Ownership.Tag, StringComparison.OrdinalIgnoreCase)
            ? $"MeshPort reserves the tag name '{Ownership.Tag}'. Choose another name."
        : null
    );
    private static readonly TextRule Value = new(value =>
        value.Length > LongestValue ? $"The tag value has {value.Length} characters. Write at most {LongestValue}." : null
    )
    {
        Longest = LongestValue,
    };

    public static IReadOnlyDictionary<string, string> Read(SpecReader reader)
    {
        var tags = reader.TextMap(Field, Name, Value);
        foreach (var one in tags.Keys.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(one => one.Count() > 1))
        {
            reader.Error(
                Field,
                "Duplicate",
                $"Tag names are case-insensitive in Azure, so {string.Join(" and ", one)} are the same tag. Keep one."
            );
        }

        reader.RefuseMore(Field, tags.Count, Most);
        return tags;
    }
}
