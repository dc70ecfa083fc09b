namespace MeshPort.Routes;

/// <summary>
/// Host names in Istio's objects: an exact name, <c>*.example.com</c>, or <c>*</c>; a Gateway's hosts may begin with <c>namespace/</c>.
/// </summary>
internal static class IstioHosts
{
    public static bool Overlap(IEnumerable<string> ours, IEnumerable<string> theirs) =>
        ours.Any(host => theirs.Select(Name).Any(other => Covers(host, other) || Covers(other, host)));

    /// <summary>Whether a pattern covers a name, or a narrower pattern.</summary>
    public static bool Covers(string pattern, string name) =>
        pattern == "*"
        || pattern.Equals(name, StringComparison.OrdinalIgnoreCase)
        || (pattern.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase));

    private static string Name(string host) => host[(host.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
