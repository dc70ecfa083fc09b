using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Webhooks;

/// <summary>
/// Calls webhooks over HTTPS, trusting their <c>caBundle</c>. Only loopback addresses are called: no pod runs a server, and the sandbox
/// calls nobody else. Timeouts are real time.
/// </summary>
internal sealed class WebhookCalls(ObjectStore store) : IDisposable
{
    private const int UsualTimeout = 10;
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _clients = new(StringComparer.Ordinal);

    /// <returns>The body of a successful answer.</returns>
    /// <exception cref="WebhookException">In the words of Go's HTTP client.</exception>
    public string Post(JsonNode hook, JsonObject review)
    {
        var timeout = hook.Number("timeoutSeconds") ?? UsualTimeout;
        var address = $"{Address(hook)}?timeout={timeout}s";
        var url = new Uri(address);
        var prefix = $"failed to call webhook: Post \"{address}\": ";
        if (Unreachable(hook, url) is { } why)
        {
            throw new WebhookException($"{prefix}{why}");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(review.ToJsonString())),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.ParseAdd("application/json, */*");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(timeout));
        try
        {
            // Not asynchronous: the writer's callers are not, and hold no lock meanwhile.
            using var response = Client(hook.Text("clientConfig", "caBundle") ?? "").Send(request, deadline.Token);
            using var reader = new StreamReader(response.Content.ReadAsStream(deadline.Token));
            var body = reader.ReadToEnd();
            return response.IsSuccessStatusCode ? body : throw new WebhookException(Refusal(response.StatusCode, body));
        }
        catch (OperationCanceledException)
        {
            throw new WebhookException($"{prefix}context deadline exceeded");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new WebhookException($"{prefix}{Words(failure, url)}");
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private static string Address(JsonNode hook) =>
        hook.At("clientConfig", "service") is { } service
            ? $"https://{service.Text("name")}.{service.Text("namespace")}.svc:{service.Number("port") ?? 443}"
                + $"/{service.Text("path")?.TrimStart('/')}"
            : hook.Text("clientConfig", "url") ?? "https://localhost";

    private string? Unreachable(JsonNode hook, Uri url)
    {
        if (hook.At("clientConfig", "service") is { } service)
        {
            var (home, name) = (service.Text("namespace") ?? "", service.Text("name") ?? "");
            return store.Get(ResourceCatalog.Service, home, name) is not { } found ? $"service \"{name}\" not found"
                : store.Get(ResourceCatalog.Endpoints, home, name).Items("subsets").SelectMany(subset => subset.Items("addresses")).Any()
                    ? $"dial tcp {found.Text("spec", "clusterIP")}:{url.Port}: connect: connection refused"
                : $"no endpoints available for service \"{name}\"";
        }

        return url.IsLoopback ? null : $"dial tcp: lookup {url.Host}: no such host";
    }

    private static string Refusal(HttpStatusCode code, string body) =>
        $"failed to call webhook: an error on the server (\"{body.Trim()}\") has prevented the request from succeeding ({(int)code})";

    private static string Words(Exception failure, Uri url) =>
        failure switch
        {
            HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
                $"dial tcp {url.Host}:{url.Port}: connect: connection refused",
            HttpRequestException { InnerException: System.Security.Authentication.AuthenticationException } =>
                "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            _ => "EOF",
        };

    private HttpMessageInvoker Client(string bundle) =>
        _clients.GetOrAdd(
            Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(bundle))),
            _ => new HttpMessageInvoker(
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseProxy = false,
                    SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = bundle.Length == 0 ? null : Policy(bundle) },
                }
            )
        );

    private static X509ChainPolicy Policy(string bundle)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(bundle)));
        return policy;
    }
}
