namespace MeshPort.Model;

/// <summary>A number with its noun, for people.</summary>
internal static class Counted
{
    /// <param name="noun">A noun whose plural ends in s.</param>
    /// <returns><c>1 error</c> or <c>2 errors</c>.</returns>
    public static string Of(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
