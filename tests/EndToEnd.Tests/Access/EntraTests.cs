using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MeshPort.EndToEnd.Tests.Contract;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Access;

/// <summary>With an audience, every function of the API requires a token of Entra and its role.</summary>
public sealed class EntraTests
{
    private const string Audience = "api://meshport";
    private static readonly TokenIdentity Jose = new("11111111-2222-3333-4444-555555555555", "Jose", [])
    {
        ApplicationId = "22222222-2222-3333-4444-555555555555",
        Roles = ["MeshPort.Operator"],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [FailureRow("unauthenticated"), FailureRow("forbidden")]
    public async Task An_operator_writes_a_reader_reads_and_the_history_names_the_caller()
    {
        await using var host = await StartAsync();
        var description = ApiDescription.Parse(await host.Client.GetStringAsync("/openapi.yaml", Token));
        var answers = new CheckedAnswers(description);
        using var client = new HttpClient(answers) { BaseAddress = host.Functions.Address };

        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(client, Issue(host, Jose with { Roles = ["MeshPort.Reader"] })));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(client, Issue(host, Jose)));
        using var read = await SendAsync(
            client,
            HttpMethod.Get,
            MeshPortHost.Cluster,
            Issue(host, Jose with { Roles = ["MeshPort.Reader"] })
        );
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        var asked = (await read.Content.ReadFromJsonAsync<JsonElement>(Token))
            .GetProperty("status")
            .GetProperty("history")
            .EnumerateArray()
            .First(entry => entry.GetProperty("type").GetString() == "Asked");
        Assert.Equal(Jose.ApplicationId, asked.GetProperty("by").GetProperty("principal").GetString());
        using var other = await SendAsync(
            client,
            HttpMethod.Get,
            MeshPortHost.Cluster,
            Issue(host, Jose with { Roles = ["Other.Operator"] })
        );
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        using var nobody = await SendAsync(client, HttpMethod.Get, MeshPortHost.Cluster, null);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        Assert.Empty(answers.Deviations);
        Assert.Equal(["forbidden", "unauthenticated"], answers.Problems.Keys.Select(type => type.Split('#')[^1]).Order());
    }

    [Fact]
    public async Task An_invalid_token_is_refused()
    {
        await using var host = await StartAsync();
        var stranger = new SandboxTokens(TimeProvider.System, new SigningKey());
        var otherTenant = new SandboxTokens(TimeProvider.System, new SigningKey(), "b1b2c3d4-0000-4000-8000-5a4db0c50001");
        var good = Issue(host, Jose);
        var parts = good.Split('.');
        var unsigned = $"{System.Buffers.Text.Base64Url.EncodeToString("""{"typ":"JWT","alg":"none"}"""u8)}.{parts[1]}.";
        var claims = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        var otherName = Encoding.UTF8.GetBytes(claims.Replace("Jose", "Josh", StringComparison.Ordinal));
        var edited = $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(otherName)}.{parts[2]}";

        foreach (
            var token in new[]
            {
                null,
                "nonsense",
                unsigned,
                edited,
                stranger.Issue(Audience, Jose),
                otherTenant.Issue(Audience, Jose),
                host.Sandbox.World.Tokens.Issue(SandboxTokens.ResourceManagerAudience, Jose),
                host.Sandbox.World.Tokens.Issue(Audience, Jose, TimeSpan.FromHours(-1)),
            }
        )
        {
            using var answer = await SendAsync(host.Client, HttpMethod.Get, MeshPortHost.Cluster, token);
            Assert.Equal(
                (HttpStatusCode.Unauthorized, "Bearer"),
                (answer.StatusCode, Assert.Single(answer.Headers.WwwAuthenticate).Scheme)
            );
            Assert.DoesNotContain(parts[2], await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(host.Client, HttpMethod.Get, MeshPortHost.Cluster, good)).StatusCode);
    }

    [Fact]
    public async Task No_operation_that_is_described_as_secured_answers_without_a_token()
    {
        await using var host = await StartAsync();
        var functions = host
            .Functions.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method =>
                    (Method: method, Path: endpoint.RoutePattern.RawText ?? "")
                )
            )
            .Where(endpoint => endpoint.Path.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .ToList();
        Assert.True(functions.Count >= 12, $"only {functions.Count} functions were found");

        foreach (var (method, template) in functions)
        {
            var path = template
                .Replace("{subscriptionId}", Walkthrough.Environment.Cluster.SubscriptionId, StringComparison.Ordinal)
                .Replace("{", "", StringComparison.Ordinal)
                .Replace("}", "", StringComparison.Ordinal);
            using var answer = await SendAsync(host.Client, new HttpMethod(method), $"/{path.TrimStart('/')}", null);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{method} {template} answers {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task An_unavailable_entra_is_reported_and_refuses_all_callers()
    {
        await using var host = await StartAsync();
        var token = Issue(host, Jose);
        await host.LoseAzureAsync();

        using var answer = await SendAsync(host.Client, HttpMethod.Get, MeshPortHost.Cluster, token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    private static Task<MeshPortHost> StartAsync() =>
        MeshPortHost.StartAsync(
            Token,
            ("MeshPort:Access:Audience", Audience),
            ("MeshPort:Access:Events:Audience", "api://meshport-events"),
            ("MeshPort:Access:TenantId", "a1b2c3d4-0000-4000-8000-5a4db0c50001")
        );

    private static string Issue(MeshPortHost host, TokenIdentity caller) => host.Sandbox.World.Tokens.Issue(Audience, caller);

    private static async Task<HttpStatusCode> PutAsync(HttpClient client, string token)
    {
        using var answer = await SendAsync(
            client,
            HttpMethod.Put,
            MeshPortHost.Cluster,
            token,
            JsonContent.Create(new { spec = Walkthrough.Environment.ClusterSpec })
        );
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        string? token,
        HttpContent? content = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await client.SendAsync(request, Token);
    }
}
