using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Benchmarks;

/// <summary>Requests to a sandbox, and the same requests to a bare server for comparison.</summary>
internal static class SandboxLoad
{
    public const string Group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/bench";
    private const int Callers = 16;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static string ClusterId(int number) => $"{Group}/providers/Microsoft.ContainerService/managedClusters/c{number:D3}";

    public static Task MakeGroupAsync(SandboxChild sandbox) =>
        SendAsync(sandbox.Arm, HttpMethod.Put, Group + "?api-version=2022-09-01", """{"location":"eastus2"}""");

    /// <summary>Creates a cluster with the mesh and its external gateway, and returns the client of its API server.</summary>
    public static async Task<HttpClient> MakeClusterAsync(SandboxChild sandbox, int number)
    {
        await SendAsync(
            sandbox.Arm,
            HttpMethod.Put,
            ClusterId(number) + "?api-version=2026-03-01",
            """
            {"location":"eastus2","properties":{
             "agentPoolProfiles":[{"name":"nodepool1","mode":"System","count":1,"vmSize":"Standard_D2s_v5"}],
             "serviceMeshProfile":{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]}}}}}
            """
        );
        var cluster = await sandbox.KubernetesAsync(ClusterId(number));
        while (!(await cluster.GetAsync("/apis/networking.istio.io/v1/gateways")).IsSuccessStatusCode)
        {
            await Task.Delay(20);
        }

        return cluster;
    }

    /// <summary>
    /// Exposes ports like MeshPort: a Gateway and a VirtualService for each, and one apply of the gateway's Service for all.
    /// </summary>
    public static async Task ExposeAsync(HttpClient cluster, int exposures)
    {
        for (var number = 0; number < exposures; number++)
        {
            var (name, port) = ($"e{number}", 9000 + number);
            await SendAsync(
                cluster,
                HttpMethod.Post,
                "/apis/networking.istio.io/v1/namespaces/default/gateways",
                $$$"""
                {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"{{{name}}}"},
                 "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},
                  "servers":[{"port":{"number":{{{port}}},"name":"tcp-{{{port}}}","protocol":"TCP"},"hosts":["*"]}]}}
                """
            );
            await SendAsync(
                cluster,
                HttpMethod.Post,
                "/apis/networking.istio.io/v1/namespaces/default/virtualservices",
                $$$$"""
                {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"{{{{name}}}}"},
                 "spec":{"hosts":["*"],"gateways":["{{{{name}}}}"],"tcp":[{"match":[{"port":{{{{port}}}}}],
                  "route":[{"destination":{"host":"tcpecho.default.svc.cluster.local","port":{"number":9000}}}]}]}}
                """
            );
        }

        await ApplyPortsAsync(
            cluster,
            "/api/v1/namespaces/aks-istio-ingress/services/aks-istio-ingressgateway-external",
            Enumerable.Range(9000, exposures)
        );
    }

    /// <summary>
    /// Milliseconds of a server-side apply of a Service with <paramref name="ports"/> ports, one of them new. The median of nine.
    /// </summary>
    public static async Task<double> ApplyManyPortsAsync(HttpClient cluster, int ports)
    {
        const string path = "/api/v1/namespaces/default/services/many";
        var found = new List<double>();
        for (var round = 0; round < 12; round++)
        {
            var clock = Stopwatch.StartNew();
            await ApplyPortsAsync(cluster, path, Enumerable.Range(10_000, ports - 1).Append(20_000 + round));
            found.Add(clock.Elapsed.TotalMilliseconds);
        }

        return found.Skip(3).Order().ElementAt(4);
    }

    /// <summary>GET requests per second by callers that each send the next request after a response.</summary>
    public static async Task<double> RequestsAsync(HttpClient client, string path)
    {
        await RunAsync(WarmUp);
        var clock = Stopwatch.StartNew();
        return await RunAsync(Duration) / clock.Elapsed.TotalSeconds;

        async Task<int> RunAsync(TimeSpan time)
        {
            var began = Stopwatch.StartNew();
            var counts = await Task.WhenAll(
                Enumerable
                    .Range(0, Callers)
                    .Select(async _ =>
                    {
                        var count = 0;
                        for (; began.Elapsed < time; count++)
                        {
                            await SendAsync(client, HttpMethod.Get, path, null);
                        }

                        return count;
                    })
            );
            return counts.Sum();
        }
    }

    /// <summary>The same requests to Kestrel over TLS with a constant response, in this process.</summary>
    public static async Task<double> BareRequestsAsync(string body)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            now.AddHours(-1),
            now.AddDays(1)
        );
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        await using var app = builder.Build();
        app.Run(http => http.Response.WriteAsync(body));
        await app.StartAsync();
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, found, _, _) =>
            found?.GetCertHashString() == certificate.GetCertHashString();
        using var client = new HttpClient(handler) { BaseAddress = new Uri(app.Urls.First()) };
        return await RequestsAsync(client, "/");
    }

    public static async Task SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        string? body,
        string contentType = "application/json"
    )
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }

        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
        }
    }

    private static Task ApplyPortsAsync(HttpClient cluster, string path, IEnumerable<int> ports)
    {
        var list = string.Join(
            ',',
            ports.Select(port =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{"name":"p{{port}}","port":{{port}},"protocol":"TCP","targetPort":{{port}}}"""
                )
            )
        );
        return SendAsync(
            cluster,
            HttpMethod.Patch,
            path + "?fieldManager=bench&force=true",
            $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{path.Split('/')[^1]}}}"},"spec":{"ports":[{{{list}}}]}}""",
            "application/apply-patch+yaml"
        );
    }
}
