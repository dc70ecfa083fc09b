using System.IO.Enumeration;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Faults;

/// <summary>One request, watch, operation or connection to match against rules.</summary>
/// <param name="Verbs">All names of its method.</param>
/// <param name="Type">
/// The resource type, with provider or group: <c>Microsoft.ContainerService/managedClusters/agentPools</c>,
/// <c>networking.istio.io/gateways</c>.
/// </param>
/// <param name="Names">Every name in the request.</param>
internal sealed record FaultCall(FaultLayer Layer, FaultPoint Point, IReadOnlyList<string> Verbs, string Type, IReadOnlyList<string> Names)
{
    public bool Matches(FaultRule rule)
    {
        var (verb, type) = rule.Operation.Split(' ', 2) is [var method, var rest] ? (method, rest) : (rule.Operation, "*");
        return rule.Layer == Layer
            && rule.Kind.Point() == Point
            && (rule.Kind != FaultKind.Conflict || Verbs[0] is not ("GET" or "HEAD"))
            && Verbs.Any(one => Fits(verb, one))
            && TypeNames().Any(one => Fits(type, one))
            && (rule.Target == "*" || Names.Any(one => Fits(rule.Target, one)));
    }

    public static FaultCall OfArm(HttpRequest request)
    {
        var segments = Segments(request);
        var after = Array.FindLastIndex(segments, segment => string.Equals(segment, "providers", StringComparison.OrdinalIgnoreCase));
        var parts =
            after >= 0 && after + 1 < segments.Length
                ? segments[(after + 1)..].Where((_, index) => index == 0 || index % 2 == 1)
                : segments.Where((_, index) => index % 2 == 0);
        return new FaultCall(FaultLayer.Arm, FaultPoint.Request, [request.Method], string.Join('/', parts), segments);
    }

    public static FaultCall OfEntra(HttpRequest request) =>
        new(FaultLayer.Entra, FaultPoint.Request, [request.Method], "token", Segments(request));

    /// <param name="kind">Resource type and verb: <c>managedClusters/create</c>.</param>
    public static FaultCall OfOperation(FaultPoint point, string kind, string target)
    {
        var at = kind.LastIndexOf('/');
        var verb = kind[(at + 1)..];
        var method = verb switch
        {
            "create" or "update" or "write" => "PUT",
            "delete" => "DELETE",
            _ => "POST",
        };
        return new FaultCall(
            FaultLayer.Arm,
            point,
            [method, verb],
            kind[..Math.Max(at, 0)],
            target.Split('/', StringSplitOptions.RemoveEmptyEntries)
        );
    }

    /// <summary>The names in the path of a request.</summary>
    public static string[] Segments(HttpRequest request) => request.Path.Value?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>The full type and its suffixes without the first parts.</summary>
    private IEnumerable<string> TypeNames()
    {
        yield return Type;
        for (var at = Type.IndexOf('/', StringComparison.Ordinal); at >= 0; at = Type.IndexOf('/', at + 1))
        {
            yield return Type[(at + 1)..];
        }
    }

    private static bool Fits(string pattern, string text) => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: true);
}
