namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>
/// The server's order of path elements: fields by name, keyed items by the values of their keys, numbers numerically (port 80 before 443).
/// </summary>
internal sealed class PathElementOrder : IComparer<string>
{
    public static readonly PathElementOrder Instance = new();

    public int Compare(string? left, string? right)
    {
        if (
            left is null
            || right is null
            || !left.StartsWith("k:", StringComparison.Ordinal)
            || !right.StartsWith("k:", StringComparison.Ordinal)
        )
        {
            return string.CompareOrdinal(left, right);
        }

        return FirstNumber(left) is { } one && FirstNumber(right) is { } other && one != other
            ? one.CompareTo(other)
            : string.CompareOrdinal(left, right);
    }

    /// <summary>The value of the first key, if it is a number: <c>k:{"port":443,...</c>.</summary>
    private static long? FirstNumber(string element)
    {
        var at = element.IndexOf(':', 2) + 1;
        var end = at;
        while (end < element.Length && char.IsAsciiDigit(element[end]))
        {
            end++;
        }

        return end > at ? long.Parse(element.AsSpan(at, end - at), System.Globalization.CultureInfo.InvariantCulture) : null;
    }
}
