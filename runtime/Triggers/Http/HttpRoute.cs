using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>The path of an HTTP function: the route prefix of host.json, then its route or its name.</summary>
internal static class HttpRoute
{
    private static readonly string[] Reserved = ["admin", "runtime"]; // functions-api A11

    public static string Pattern(FunctionEntry entry, HttpTriggerAttribute trigger, string routePrefix) =>
        $"/{routePrefix.Trim('/')}/{(trigger.Route ?? entry.Name).TrimStart('/')}".Replace("//", "/", StringComparison.Ordinal);

    /// <returns>The error. Null when the route is valid.</returns>
    public static string? Check(FunctionEntry entry, HttpTriggerAttribute trigger, string routePrefix)
    {
        var pattern = Pattern(entry, trigger, routePrefix);
        try
        {
            RoutePatternFactory.Parse(pattern);
        }
        catch (RoutePatternException exception)
        {
            return $"its route '{trigger.Route}' cannot be read: {exception.Message}";
        }

        var first = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return Reserved.Contains(first, StringComparer.OrdinalIgnoreCase)
            ? $"its route begins with '{first}', which is reserved for the host."
            : null;
    }

    /// <summary>Finds ambiguous functions: the same path except for parameter names, and a common method.</summary>
    public static IEnumerable<string> Clashes(IReadOnlyList<FunctionEntry> entries, string routePrefix) =>
        from route in entries
            .Where(entry => entry.Trigger is HttpTriggerAttribute trigger && Check(entry, trigger, routePrefix) is null)
            .Select(entry =>
                (
                    Entry: entry,
                    Trigger: (HttpTriggerAttribute)entry.Trigger,
                    Pattern: Pattern(entry, (HttpTriggerAttribute)entry.Trigger, routePrefix)
                )
            )
            .GroupBy(route => Shape(RoutePatternFactory.Parse(route.Pattern)))
        from pair in Pairs([.. route])
        let both = Both(pair.First.Trigger.Methods, pair.Second.Trigger.Methods)
        where both is not null
        select $"{pair.First.Entry.Name} and {pair.Second.Entry.Name}: both serve {both} {pair.First.Pattern} "
            + $"({pair.First.Entry.EntryPoint} and {pair.Second.Entry.EntryPoint}).";

    private static IEnumerable<(T First, T Second)> Pairs<T>(IReadOnlyList<T> all) =>
        all.SelectMany((first, index) => all.Skip(index + 1).Select(second => (first, second)));

    /// <summary>Reduces a pattern to what matching depends on: parameters without their names, but with their constraints.</summary>
    private static string Shape(RoutePattern pattern) =>
        string.Join(
            '/',
            pattern.PathSegments.Select(segment =>
                string.Concat(
                    segment.Parts.Select(part =>
                        part switch
                        {
                            RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
                            RoutePatternSeparatorPart separator => separator.Content,
                            RoutePatternParameterPart { IsCatchAll: var all } parameter => $"{{{(all ? "*" : "")}{Policies(parameter)}}}",
                            _ => part.ToString(),
                        }
                    )
                )
            )
        );

    private static string Policies(RoutePatternParameterPart parameter) =>
        string.Join(':', parameter.ParameterPolicies.Select(policy => policy.Content).Order(StringComparer.Ordinal));

    /// <returns>The methods that both serve. Null for none.</returns>
    private static string? Both(string[]? first, string[]? second)
    {
        if (first is not { Length: > 0 } && second is not { Length: > 0 })
        {
            return "all methods of";
        }

        var both =
            first is not { Length: > 0 } ? second
            : second is not { Length: > 0 } ? first
            : first.Intersect(second, StringComparer.OrdinalIgnoreCase);
        var names = string.Join(", ", (both ?? []).Select(method => method.ToUpperInvariant()));
        return names.Length == 0 ? null : names;
    }
}
