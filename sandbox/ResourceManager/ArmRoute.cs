using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>The handler of a method at a path with parameters, such as <c>/subscriptions/{subscription}</c>.</summary>
internal sealed class ArmRoute(string method, string pattern, Func<ArmRequest, ArmAnswer> handler)
{
    private readonly string[] _segments = Split(pattern);

    public string Method => method;

    public Func<ArmRequest, ArmAnswer> Handler => handler;

    public bool IsRead => method is "GET" or "HEAD";

    /// <summary>In ordinal order, a literal segment comes before a parameter.</summary>
    public string Precedence { get; } = string.Concat(Split(pattern).Select(segment => IsParameter(segment) ? 'p' : 'l'));

    public static string[] Split(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Literal segments ignore case, as in ARM.</summary>
    public bool Matches(string[] path) =>
        path.Length == _segments.Length
        && _segments.Index().All(at => IsParameter(at.Item) || at.Item.Equals(path[at.Index], StringComparison.OrdinalIgnoreCase));

    /// <summary>The parameters of a path that matches.</summary>
    public RouteValueDictionary Values(string[] path)
    {
        var values = new RouteValueDictionary();
        foreach (var (segment, value) in _segments.Zip(path).Where(pair => IsParameter(pair.First)))
        {
            values[segment[1..^1]] = value;
        }

        return values;
    }

    private static bool IsParameter(string segment) => segment[0] == '{';
}
