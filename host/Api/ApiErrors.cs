using System.Text.Json;

namespace MeshPort.Host.Api;

/// <summary>Turns failures of requests into sentences with a remedy, the only place that does.</summary>
internal sealed class ApiErrors(ApiConnection connection)
{
    private const int LongestBody = 200;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new TerminalTextConverter() } };

    private static Version Own => typeof(ApiErrors).Assembly.GetName().Version ?? new Version(0, 0);

    public async Task<Exception> OfAsync(
        string request,
        HttpResponseMessage response,
        string body,
        ApiTransport transport,
        CancellationToken cancellationToken
    )
    {
        var status = (int)response.StatusCode;
        return ProblemOf(body) switch
        {
            { Title: not null } problem => new ApiException($"{Text(problem)}{Advice(status)}", status, problem.Errors),
            _ when status == 401 => new ApiException(
                connection.Key is null
                    ? $"The server at {connection.Address} requires a key, and {connection.Source} has none. {HowToSetTheKey}"
                    : $"The server at {connection.Address} does not accept the key of {connection.Source}. {HowToSetTheKey}",
                status
            ),
            _ when status is >= 300 and < 400 => new UnreachableException(
                $"The server at {connection.Address} ({connection.Source}) redirects {request} to {response.Headers.Location}. "
                    + "No redirect is followed, because requests carry credentials. "
                    + "Check that the URL is the address of MeshPort itself, before /api."
            ),
            _ when status is 404 or 405 => await NotUnderstoodAsync($"{request} answered {status}", transport, cancellationToken),
            _ => new ApiException($"{request} answered {status}: {(body.Length > 0 ? Start(body) : response.ReasonPhrase)}", status),
        };
    }

    /// <summary>The server does not know a request, or its answer is not understood: another version, or another program.</summary>
    public async Task<Exception> NotUnderstoodAsync(string what, ApiTransport transport, CancellationToken cancellationToken) =>
        await transport.ReadVersionAsync(cancellationToken) switch
        {
            null => new UnreachableException(
                $"The server at {connection.Address} ({connection.Source}) is not MeshPort: {what}, and it has no /openapi.yaml. "
                    + "Check the URL; it ends before /api."
            ),
            var version when Older(version, Own) => new ApiException(
                $"The server at {connection.Address} is older than this command line: {what}; it serves API {version}, "
                    + $"and this is {Own.ToString(3)}. Update the server."
            ),
            var version when Older(Own, version) => new ApiException(
                $"The server at {connection.Address} is newer than this command line: {what}; it serves API {version}, "
                    + $"and this is {Own.ToString(3)}. Update this tool with 'dotnet tool update --global meshport'."
            ),
            _ => new ApiException(
                $"The server at {connection.Address} does not serve this request as this command line expects: {what}. "
                    + "Check the URL, or update the server."
            ),
        };

    public static UnreachableException Unreachable(ApiConnection connection, HttpRequestException exception)
    {
        var server = $"The server at {connection.Address} ({connection.Source})";
        return new(
            exception.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => $"{server} has an unknown host name. Check the URL and the network.",
                HttpRequestError.SecureConnectionError when !IsAboutCertificate(exception) =>
                    $"{server} does not answer with TLS ({exception.GetBaseException().Message.TrimEnd('.')}). "
                        + "If it has no certificate, write http:// in the URL.",
                HttpRequestError.SecureConnectionError =>
                    $"{server} has a certificate that this machine does not trust ({exception.GetBaseException().Message.TrimEnd('.')}). "
                        + "Name the PEM file of its authority with 'meshport context add ... --ca FILE', "
                        + "or add it to the authorities of this machine.",
                _ => $"{server} does not answer: {exception.GetBaseException().Message.TrimEnd('.')}. "
                    + "Check that it runs, or choose another with --context.",
            }
        );
    }

    public const string HowToSetTheKey = "Set it with MESHPORT_KEY, or with 'meshport context add NAME --url URL --key-file FILE'.";

    private static string Advice(int status) =>
        status switch
        {
            401 => " Give the context an Entra sign-in with 'meshport context add NAME --url URL --audience APPLICATION-ID-URI'.",
            _ => "",
        };

    private static bool Older(Version one, Version other) => (one.Major, one.Minor).CompareTo((other.Major, other.Minor)) < 0;

    /// <summary>All other failures of TLS are of the protocol.</summary>
    private static bool IsAboutCertificate(HttpRequestException exception) =>
        exception.GetBaseException().Message.Contains("certificate", StringComparison.OrdinalIgnoreCase);

    /// <summary>The page of a proxy is too long for a message.</summary>
    private static string Start(string body)
    {
        var line = new string([.. body.ReplaceLineEndings(" ").Where(letter => !char.IsControl(letter))]).Trim();
        return line.Length > LongestBody ? $"{line[..LongestBody]}..." : line;
    }

    private static ProblemView? ProblemOf(string body)
    {
        try
        {
            return JsonSerializer.Deserialize<ProblemView>(body, Json);
        }
        catch (JsonException)
        {
            return null; // not problem+json
        }
    }

    private static string Text(ProblemView problem)
    {
        var details = (problem.Errors ?? [])
            .Select(error => error.Pointer is { Length: > 0 } pointer ? $"{pointer}: {error.Detail}" : error.Detail)
            .ToList();
        return string.Join(' ', new[] { $"{problem.Title?.TrimEnd('.')}.", problem.Detail ?? "" }.Concat(details)).Trim();
    }
}
