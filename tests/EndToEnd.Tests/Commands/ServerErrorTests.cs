using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>Servers that are away, refuse, or are of another version: each is a sentence with a remedy.</summary>
public sealed class ServerErrorTests : IAsyncDisposable
{
    private readonly TestDirectory _home = new();
    private WebApplication? _server;

    public ServerErrorTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The directories of a user are redirected by XDG variables.");

    [Fact]
    public async Task Without_a_context_and_a_server_there_are_three_ways_on()
    {
        var user = CommandLine.UserOf(_home);
        var outcome = await CommandLine.RunAloneAsync(user, null, "get", "clusters");
        Assert.SkipWhen(outcome.ExitCode == 0, "Another MeshPort listens on the default port of this machine.");

        outcome
            .Must(3)
            .Complains("meshport serve --sandbox")
            .Complains("meshport context add NAME --url URL")
            .Complains("export MESHPORT_URL=");
        Assert.Equal("", outcome.Output);
    }

    [Fact]
    public async Task A_server_that_is_away_is_named() =>
        (await RunAsync(new Uri("http://127.0.0.1:9/")))
            .Must(3)
            .Complains("meshport: The server at http://127.0.0.1:9/ (MESHPORT_URL) does not answer: Connection refused");

    [Fact]
    public async Task An_unknown_host_is_named() =>
        (await RunAsync(new Uri("http://nowhere.invalid/"))).Must(3).Complains("has an unknown host name. Check the URL and the network.");

    [Fact]
    public async Task A_missing_and_a_wrong_key_are_told_apart()
    {
        var address = await StartAsync(server => server.MapGet("/api/{**path}", () => Results.StatusCode(401)));

        (await RunAsync(address)).Must(1).Complains("requires a key, and MESHPORT_URL has none. Set it with MESHPORT_KEY");
        (await RunAsync(address, "wrong")).Must(1).Complains("does not accept the key of MESHPORT_URL.");
    }

    [Fact]
    public async Task A_refusal_of_Entra_says_how_to_sign_in()
    {
        const string Problem = """{"title":"Authentication required","status":401,"detail":"The token is missing."}""";
        var address = await StartAsync(server =>
            server.MapGet("/api/{**path}", () => Results.Text(Problem, "application/problem+json", statusCode: 401))
        );

        (await RunAsync(address)).Must(1).Complains("Authentication required. The token is missing. Give the context an Entra sign-in");
    }

    [Fact]
    public async Task Control_characters_of_a_server_do_not_reach_the_terminal()
    {
        const string Problem = """{"title":"Refused\u001b]52;c;eA==\u0007","status":409,"detail":"It\u009bis so."}""";
        var address = await StartAsync(server =>
            server.MapGet("/api/{**path}", () => Results.Text(Problem, "application/problem+json", statusCode: 409))
        );

        (await RunAsync(address)).Must(1).Complains("Refused?]52;c;eA==?. It?is so.");
    }

    [Theory]
    [InlineData("0.0.9", "is older than this command line: GET /api/clusters?top=500 answered 404; it serves API 0.0.9")]
    [InlineData("7.2.0", "is newer than this command line: GET /api/clusters?top=500 answered 404; it serves API 7.2.0")]
    public async Task A_server_of_another_version_is_named(string version, string expected)
    {
        var address = await StartAsync(server =>
            server.MapGet("/openapi.yaml", () => $"openapi: 3.1.0\ninfo:\n  title: MeshPort\n  version: {version}\n")
        );

        (await RunAsync(address)).Must(1).Complains(expected);
    }

    [Fact]
    public async Task Another_program_is_not_taken_for_MeshPort()
    {
        var address = await StartAsync(server => server.MapGet("/", () => "hello"));

        (await RunAsync(address)).Must(3).Complains("is not MeshPort: GET /api/clusters?top=500 answered 404");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"value":null}""")]
    [InlineData("""{"value":[{"metadata":null}]}""")]
    [InlineData("""{"value":[{"metadata":{"id":5}}]}""")]
    [InlineData("""{"value":[{"metadata":{"id":"/x","name":"x"},"spec":{}}]}""")]
    public async Task An_answer_of_another_shape_is_a_sentence(string answer)
    {
        var address = await StartAsync(server =>
        {
            server.MapGet("/api/clusters", () => Results.Text(answer, "application/json"));
            server.MapGet("/openapi.yaml", () => "openapi: 3.1.0\ninfo:\n  title: MeshPort\n  version: 0.1.0\n");
        });

        (await RunAsync(address)).Must(1).Complains("api/clusters?top=500 answered other JSON than MeshPort does");
    }

    [Fact]
    public async Task A_redirect_does_not_take_the_key_to_another_server()
    {
        var arrived = false;
        var address = await StartAsync(server =>
        {
            server.MapGet("/api/{**path}", (HttpRequest request) => Results.Redirect($"http://localhost:{request.Host.Port}/other"));
            server.MapGet("/other", () => arrived = true);
        });

        (await RunAsync(address, "secret")).Must(3).Complains("redirects GET /api/clusters?top=500 to http://localhost");
        Assert.False(arrived);
    }

    [Fact]
    public async Task A_server_without_TLS_is_told_apart_from_an_unknown_certificate()
    {
        var address = await StartAsync(server => server.MapGet("/", () => "hello"));

        (await RunAsync(new UriBuilder(address) { Scheme = "https" }.Uri))
            .Must(3)
            .Complains("does not answer with TLS")
            .Complains("write http:// in the URL");
    }

    [Fact]
    public async Task A_key_that_no_header_can_carry_is_refused_and_not_stored()
    {
        (await RunAsync(new Uri("http://127.0.0.1:9/"), "schlüssel")).Must(2).Complains("The key of MESHPORT_URL has characters");
        var user = CommandLine.UserOf(_home);
        var file = _home.Write("key.txt", "one\ntwo\n");

        (await CommandLine.RunAloneAsync(user, null, "context", "add", "one", "--url", "http://127.0.0.1:9/", "--key-file", file))
            .Must(2)
            .Complains("Write only the key into it, in one line.");

        (await CommandLine.RunAloneAsync(user, null, "context", "list", "-o", "json")).Must(0).Says(@"\A\[\]\s*\z");
    }

    [Fact]
    public async Task An_unknown_certificate_is_named_and_its_authority_can_be_trusted()
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var authority = _home.Write("ca.pem", certificate.ExportCertificatePem());
        var address = await StartAsync(
            server => server.MapGet("/api/clusters", () => Results.Text("""{"value":[]}""", "application/json")),
            certificate
        );

        (await RunAsync(address)).Must(3).Complains("has a certificate that this machine does not trust").Complains("--ca FILE");

        var user = CommandLine.UserOf(_home);
        (await CommandLine.RunAloneAsync(user, null, "context", "add", "tls", "--url", $"{address}", "--ca", authority)).Must(0);
        (await CommandLine.RunAloneAsync(user, null, "get", "clusters")).Must(0).Complains("There is nothing to list.");
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says_so()
    {
        var requests = 0;
        var address = await StartAsync(server =>
            server.MapGet(
                "/api/clusters",
                (HttpResponse response) =>
                {
                    if (Interlocked.Increment(ref requests) > 1)
                    {
                        return Results.Text("""{"value":[]}""", "application/json");
                    }

                    response.Headers.RetryAfter = "0";
                    return Results.StatusCode(429);
                }
            )
        );

        (await RunAsync(address)).Must(0);
        Assert.Equal(2, requests);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _home.Dispose();
    }

    private async Task<Outcome> RunAsync(Uri address, string key = "")
    {
        var user = CommandLine.UserOf(_home);
        user["MESHPORT_URL"] = address.ToString();
        user["MESHPORT_KEY"] = key;
        return await CommandLine.RunAloneAsync(user, null, "get", "clusters");
    }

    private async Task<Uri> StartAsync(Action<WebApplication> map, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    if (certificate is not null)
                    {
                        listen.UseHttps(certificate);
                    }
                }
            )
        );
        _server = builder.Build();
        map(_server);
        await _server.StartAsync(TestContext.Current.CancellationToken);
        return new Uri(_server.Urls.Single());
    }
}
