using MeshPort.Runtime.Contract.Worker;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Routing.Patterns;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>The path of an HTTP function: the prefix of host.json, then its route or its name.</summary>
internal static class HttpRoute
{
    private static readonly string[] Reserved = ["admin", "runtime"]; // functions-api A11

    public static string Pattern(FunctionEntry entry, HttpTriggerAttribute trigger, string routePrefix) =>
        $"/{routePrefix.Trim('/')}/{(trigger.Route ?? entry.Name).TrimStart('/')}".Replace("//", "/", StringComparison.Ordinal);

    /// <returns>What is wrong with it; null when it can be served.</returns>
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
        return Reserved.Contains(first, StringComparer.OrdinalIgnoreCase) ? $"its route begins with '{first}', which belongs to the host." : null;
    }
}
