using MeshPort.Runtime.Contract.DurableTask.Client;
using MeshPort.Runtime.Contract.Worker.Http;

namespace MeshPort.Runtime.Contract.Worker;

/// <summary>What a client knows of the host that serves the management API, as the official binding's httpBaseUrl and requiredQueryStringParameters.</summary>
internal interface IHostAddress
{
    /// <summary>Null until HTTP is served.</summary>
    Uri? HostAddress { get; }

    /// <summary>What URLs of the management API end in: "code=..." or nothing.</summary>
    string HostQuery { get; }
}

/// <summary>The scheme and authority of the management API, as who asked for it can reach it (functions-api A6).</summary>
internal static class HostAddress
{
    /// <returns>For example http://127.0.0.1:7071; null when it is not known.</returns>
    public static string? Of(DurableTaskClient client, HttpRequestData? request) =>
        request is null ? (client as IHostAddress)?.HostAddress?.GetLeftPart(UriPartial.Authority) : Of(request);

    /// <summary>RFC 7239's header as a whole, else the two older ones, else the request's own address.</summary>
    private static string Of(HttpRequestData request)
    {
        var forwarded = (First(request, "Forwarded") ?? "").Split(';')
            .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1].Trim('"'), StringComparer.OrdinalIgnoreCase);
        var scheme = forwarded["proto"].FirstOrDefault() ?? request.Url.Scheme;
        return forwarded["host"].FirstOrDefault() is { } host
            ? $"{scheme}://{host}"
            : $"{First(request, "X-Forwarded-Proto") ?? scheme}://{First(request, "X-Forwarded-Host") ?? request.Url.Authority}";
    }

    /// <summary>Of a chain of proxies, the one that the caller spoke to.</summary>
    private static string? First(HttpRequestData request, string header) =>
        request.Headers.TryGetValues(header, out var values) ? values.FirstOrDefault()?.Split(',')[0].Trim() : null;
}
