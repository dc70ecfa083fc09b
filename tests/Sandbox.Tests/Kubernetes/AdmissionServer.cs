using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>An admission webhook on loopback over HTTPS, which answers each review with a function.</summary>
internal sealed class AdmissionServer : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _app;

    private AdmissionServer(Func<JsonNode, Task<JsonObject>> respond)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hook", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        _app = builder.Build();
        _app.Run(async context =>
        {
            var review = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            var asked = review?["request"]!; // every review has a request
            Requests.Add(asked.DeepClone().AsObject());
            var response = await respond(asked);
            response["uid"] = asked.Text("uid");
            await context.Response.WriteAsync(
                new JsonObject
                {
                    ["apiVersion"] = "admission.k8s.io/v1",
                    ["kind"] = "AdmissionReview",
                    ["response"] = response,
                }.ToJsonString(),
                context.RequestAborted
            );
        });
    }

    /// <summary>The requests that it was asked about.</summary>
    public System.Collections.Concurrent.ConcurrentBag<JsonObject> Requests { get; } = [];

    public string Url => $"{_app.Urls.First()}/review";

    public static Task<AdmissionServer> StartAsync(Func<JsonNode, JsonObject> respond) =>
        StartAsync(asked => Task.FromResult(respond(asked)));

    public static async Task<AdmissionServer> StartAsync(Func<JsonNode, Task<JsonObject>> respond)
    {
        var server = new AdmissionServer(respond);
        await server._app.StartAsync(TestCluster.Token);
        return server;
    }

    public static JsonObject Allow() => new() { ["allowed"] = true };

    public static JsonObject Deny(string message, int code = 0) =>
        new()
        {
            ["allowed"] = false,
            ["status"] = new JsonObject { ["message"] = message, ["code"] = code },
        };

    public static JsonObject Patch(string patch) =>
        new()
        {
            ["allowed"] = true,
            ["patchType"] = "JSONPatch",
            ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch)),
        };

    /// <summary>A configuration of this webhook for pods and ConfigMaps.</summary>
    /// <param name="more">More fields of the webhook.</param>
    public string Configuration(string kind, string more = "", string? url = null) =>
        $$"""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"{{kind}}","metadata":{"name":"hook"},
            "webhooks":[{"name":"hook.example.com",
            "admissionReviewVersions":["v1"],"sideEffects":"None","clientConfig":{"url":"{{url ?? Url}}","caBundle":"{{Bundle}}"},
            "rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["*"],"resources":["pods","configmaps"]}]{{more}} }]}
            """;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private string Bundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem()));
}
