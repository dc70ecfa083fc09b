using System.Net.Http.Json;
using System.Text.Json;

namespace MeshPort.Host.Api;

/// <summary>An external client of MeshPort's HTTP API.</summary>
internal sealed class MeshPortApi : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private readonly HttpClient _client;

    public MeshPortApi(Uri address) => _client = new HttpClient(_handler) { BaseAddress = address };

    /// <returns>The URL of the operation that shows the progress. Null when nothing had to change.</returns>
    /// <exception cref="ApiException">The API rejected the request.</exception>
    public async Task<Uri?> PutAsync(string path, JsonElement spec, CancellationToken cancellationToken)
    {
        using var response = await _client.PutAsJsonAsync(path, new { spec }, Json, cancellationToken);
        await EnsureAsync(response, $"PUT {path}", cancellationToken);
        // The constructor sets the base address.
        return response.Headers.Location is { } location ? new Uri(_client.BaseAddress!, location) : null;
    }

    public Task<OperationView> GetOperationAsync(Uri operation, CancellationToken cancellationToken) =>
        GetAsync<OperationView>(operation, cancellationToken);

    public Task<ResourceView> GetAsync(string path, CancellationToken cancellationToken) =>
        GetAsync<ResourceView>(new Uri(path, UriKind.Relative), cancellationToken);

    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    private async Task<T> GetAsync<T>(Uri address, CancellationToken cancellationToken)
    {
        using var response = await _client.GetAsync(address, cancellationToken);
        await EnsureAsync(response, $"GET {address}", cancellationToken);
        return await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken)
            ?? throw new ApiException($"GET {address} returned an empty body.");
    }

    private static async Task EnsureAsync(HttpResponseMessage response, string request, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new ApiException($"{request} answered {(int)response.StatusCode}: {Problem(body)}");
        }
    }

    private static string Problem(string body)
    {
        try
        {
            var problem = JsonSerializer.Deserialize<ProblemView>(body, Json);
            return problem?.Title is null
                ? body
                : string.Join(
                    ' ',
                    new[] { $"{problem.Title}.", problem.Detail }.Concat(
                        (problem.Errors ?? []).Select(error => $"{error.Pointer}: {error.Detail}")
                    )
                );
        }
        catch (JsonException)
        {
            return body; // not problem+json: show the body as is
        }
    }
}
