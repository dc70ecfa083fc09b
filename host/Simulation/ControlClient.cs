using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Simulation;

/// <summary>A client of a running sandbox's control endpoint.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private readonly HttpClient _http;

    private ControlClient(Uri endpoint, string key)
    {
        _http = new HttpClient(_handler) { BaseAddress = endpoint };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <param name="endpoint">Null means the endpoint that the directory's file names.</param>
    /// <param name="keyFile">Null means the directory's key file.</param>
    /// <exception cref="StartupException">No running sandbox was found.</exception>
    public static ControlClient Find(string directory, Uri? endpoint, string? keyFile)
    {
        var files = new SandboxDirectory(directory);
        var found =
            endpoint
            ?? files.FindControl()
            ?? throw new StartupException(
                $"No sandbox runs in {directory}; start one with 'meshport sandbox', or name its directory with --data "
                    + "or its address with --endpoint. The sandbox of 'meshport serve --sandbox' takes no commands."
            );
        var file = keyFile ?? files.ControlKey;
        try
        {
            return new ControlClient(found, File.ReadAllText(file).Trim());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The key of the sandbox cannot be read: {exception.Message} Name its file with --key-file.");
        }
    }

    /// <exception cref="StartupException">The sandbox does not answer.</exception>
    /// <exception cref="ControlRefusedException">The sandbox rejects the request.</exception>
    public async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken) ?? [];
            return response.IsSuccessStatusCode ? answer : throw new ControlRefusedException(Problems(answer));
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or SocketException)
        {
            throw new StartupException(
                $"The sandbox at {_http.BaseAddress} does not answer ({exception.Message}). Check that it is running."
            );
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    private static IReadOnlyList<string> Problems(JsonObject answer) =>
        answer["error"]?["details"] is JsonArray { Count: > 0 } details
            ? [.. details.Select(detail => $"{detail?["field"]}: {detail?["message"]}")]
            : [$"{answer["error"]?["message"]}"];
}

/// <summary>The sandbox rejected a request. Carries the errors.</summary>
internal sealed class ControlRefusedException(IReadOnlyList<string> problems) : Exception(string.Join(' ', problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
