using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Api;

/// <summary>Sends requests: credentials, trust, repetition on request of the server, errors as sentences.</summary>
internal sealed class ApiTransport : IDisposable
{
    private const int MostAttempts = 5;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private readonly ApiConnection _connection;
    private readonly Action<string>? _trace;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _client;

    public ApiTransport(ApiConnection connection, Action<string>? trace)
    {
        _connection = connection;
        _trace = trace;
        if (connection.Key is { } key && !ApiConnection.IsKey(key))
        {
            throw new StartupException($"The key of {connection.Source} has characters that no key has. {ApiErrors.HowToSetTheKey}");
        }

        // A redirect would carry the key to another server.
        _handler = new SocketsHttpHandler
        {
            UseProxy = !connection.Address.IsLoopback,
            ConnectTimeout = ConnectTimeout,
            AllowAutoRedirect = false,
        };
        if (connection.CertificateAuthority is { } file)
        {
            _handler.SslOptions.CertificateChainPolicy = Trust(file);
        }

        _client = new HttpClient(_handler) { BaseAddress = WithSlash(connection.Address) };
    }

    /// <param name="path">Relative to the base address, or a URL of the same server.</param>
    /// <param name="condition">The header of a conditional request.</param>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        CancellationToken cancellationToken,
        (string Name, string Value)? condition = null
    )
    {
        var address = AddressOf(path);
        for (var attempt = 1; ; attempt++)
        {
            using var response = await SendOnceAsync(method, address, content, condition, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return await ReadAsync(response, address, cancellationToken);
            }

            if (attempt < MostAttempts && PauseOf(response) is { } pause)
            {
                _trace?.Invoke($"The server asks to repeat the request after {pause.TotalSeconds:0} s.");
                await Task.Delay(pause, TimeProvider.System, cancellationToken);
                continue;
            }

            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw await new ApiErrors(_connection).OfAsync($"{method} {address.PathAndQuery}", response, body, this, cancellationToken);
        }
    }

    /// <summary>Links of answers are followed at the base address only, because the request carries credentials.</summary>
    private Uri AddressOf(string path) =>
        // The constructor sets the base address.
        Uri.TryCreate(path, UriKind.Absolute, out var link) && link.Scheme.StartsWith("http", StringComparison.Ordinal)
            ? new Uri(_client.BaseAddress!, link.PathAndQuery)
            : new Uri(_client.BaseAddress!, path);

    /// <summary>The exception for an answer that is not MeshPort's, or of another version.</summary>
    public Task<Exception> NotUnderstoodAsync(string what, CancellationToken cancellationToken) =>
        new ApiErrors(_connection).NotUnderstoodAsync(what, this, cancellationToken);

    /// <summary>The version in the server's OpenAPI description. Null when the server has none.</summary>
    public async Task<Version?> ReadVersionAsync(CancellationToken cancellationToken)
    {
        using var response = await SendOnceAsync(
            HttpMethod.Get,
            new Uri(_client.BaseAddress!, "openapi.yaml"),
            null,
            null,
            cancellationToken
        );
        var text = response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(cancellationToken) : "";
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith("  version:", StringComparison.Ordinal)) ?? "";
        return Version.TryParse(line.Replace("version:", "", StringComparison.Ordinal).Trim(' ', '"', '\'', '\r'), out var version)
            ? version
            : null;
    }

    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method,
        Uri address,
        HttpContent? content,
        (string Name, string Value)? condition,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, address) { Content = content is null ? null : await CopyAsync(content) };
        if (condition is { } header)
        {
            request.Headers.Add(header.Name, header.Value);
        }

        if (_connection.Key is { } key)
        {
            request.Headers.Add("x-functions-key", key);
        }

        if (_connection.Credential is { } credential)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(credential, cancellationToken));
        }

        var began = Stopwatch.GetTimestamp();
        try
        {
            var response = await _client.SendAsync(request, cancellationToken);
            _trace?.Invoke(
                $"{method} {address} answered {(int)response.StatusCode} in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms"
            );
            return response;
        }
        catch (HttpRequestException exception)
        {
            _trace?.Invoke($"{method} {address} failed: {exception.Message}");
            throw ApiErrors.Unreachable(_connection, exception);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UnreachableException(
                $"The server at {_connection.Address} ({_connection.Source}) did not answer in "
                    + $"{_client.Timeout.TotalSeconds:0} s. Try again."
            );
        }
    }

    private async Task<string> TokenAsync(TokenCredential credential, CancellationToken cancellationToken)
    {
        try
        {
            return (await credential.GetTokenAsync(new TokenRequestContext([_connection.Scope]), cancellationToken)).Token;
        }
        catch (AuthenticationFailedException exception)
        {
            throw new ApiException(
                $"Entra gives no token for {_connection.Scope}: {exception.Message.Split('\n')[0].Trim()} Sign in with 'az login'."
            );
        }
    }

    private async Task<ApiAnswer> ReadAsync(HttpResponseMessage response, Uri address, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            var location = response.Headers.Location is { } there ? new Uri(address, there) : null;
            using var document = text.Length == 0 ? null : JsonDocument.Parse(text);
            return new ApiAnswer(document?.RootElement.Clone() ?? default, location);
        }
        catch (JsonException)
        {
            throw await NotUnderstoodAsync($"{address.PathAndQuery} answered no JSON", cancellationToken);
        }
    }

    /// <summary>A content can be sent once; a repeated request needs a copy.</summary>
    private static async Task<HttpContent> CopyAsync(HttpContent content)
    {
        var copy = new ByteArrayContent(await content.ReadAsByteArrayAsync());
        copy.Headers.ContentType = content.Headers.ContentType;
        return copy;
    }

    private static TimeSpan? PauseOf(HttpResponseMessage response) =>
        (int)response.StatusCode is 429 or 503 && response.Headers.RetryAfter?.Delta is { } pause && pause <= LongestPause ? pause : null;

    private static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri($"{address.AbsoluteUri}/");

    private static X509ChainPolicy Trust(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartupException($"The certificate authority {file} cannot be read: {exception.Message} Name a PEM file with --ca.");
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new StartupException(
                $"The file {file} has no certificate in PEM. Name the PEM file of a certificate authority with --ca."
            );
    }
}

/// <param name="Location">The URL of the operation of an accepted request.</param>
internal sealed record ApiAnswer(JsonElement Body, Uri? Location);
