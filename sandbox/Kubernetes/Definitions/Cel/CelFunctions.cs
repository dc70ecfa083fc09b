using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MeshPort.Sandbox.Kubernetes.Definitions.Cel;

/// <summary>The functions and methods that rules of the served definitions call. A rule that calls another one fails to load.</summary>
internal static partial class CelFunctions
{
    private static readonly Dictionary<string, Func<object?[], object?>> All = new(StringComparer.Ordinal)
    {
        ["size/1"] = args => Size(args[0]),
        ["duration/1"] = args => Duration(Text(args[0])),
        ["isIP/1"] = args => IPAddress.TryParse(Text(args[0]), out _),
        ["contains/2"] = args => Text(args[0]).Contains(Text(args[1]), StringComparison.Ordinal),
        ["startsWith/2"] = args => Text(args[0]).StartsWith(Text(args[1]), StringComparison.Ordinal),
        ["matches/2"] = args => Regex.IsMatch(Text(args[0]), Text(args[1]), RegexOptions.CultureInvariant),
        ["split/2"] = args => Text(args[0]).Split(Text(args[1])).ToArray<object?>(),
        // Every rule passes a literal number.
        ["substring/2"] = args => Text(args[0])[(int)Math.Min(Text(args[0]).Length, (long)args[1]!)..],
    };

    public static CelExpression Call(string name, IReadOnlyList<CelExpression> arguments) =>
        All.TryGetValue($"{name}/{arguments.Count}", out var function)
            ? scope => function([.. arguments.Select(argument => argument(scope))])
            : throw new NotSupportedException($"The CEL function {name} with {arguments.Count} arguments is not supported.");

    private static string Text(object? value) => value as string ?? throw new CelException("no such overload");

    private static object Size(object? value) =>
        value switch
        {
            string text => (long)new StringInfo(text).LengthInTextElements,
            IReadOnlyList<object?> list => (long)list.Count,
            JsonObject map => (long)map.Count,
            _ => throw new CelException("no such overload"),
        };

    /// <summary>Durations in Go's format: <c>1h30m</c>, <c>1.5s</c>, <c>100ms</c>.</summary>
    private static object Duration(string text)
    {
        if (text == "0")
        {
            return TimeSpan.Zero;
        }

        if (!GoDuration().IsMatch(text))
        {
            throw new CelException($"time: invalid duration \"{text}\"");
        }

        var nanoseconds = Part()
            .Matches(text)
            .Sum(part =>
                double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                * part.Groups[2].Value switch
                {
                    "h" => 3600e9,
                    "m" => 60e9,
                    "s" => 1e9,
                    "ms" => 1e6,
                    "ns" => 1,
                    _ => 1e3,
                }
            );
        return TimeSpan.FromTicks((long)(nanoseconds / 100) * (text[0] == '-' ? -1 : 1));
    }

    [GeneratedRegex(@"^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$")]
    private static partial Regex GoDuration();

    [GeneratedRegex(@"(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)")]
    private static partial Regex Part();
}
