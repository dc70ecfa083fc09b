using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The web console over HTTP: its page for everybody, and fragments for callers.</summary>
public sealed class ConsoleTests
{
    private const string Key = "0123456789abcdef-key";
    private const string Audience = "api://meshport";
    private const string Client = "33333333-2222-4333-8444-555555555555";

    private static readonly string Fragment = $"/api/console{MeshPortHost.Cluster["/api".Length..]}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_is_for_everybody_and_its_fragments_are_for_callers()
    {
        await using var host = await MeshPortHost.StartAsync(
            Token,
            ("MeshPort:FunctionKey", Key),
            ("MeshPort:PublicUrl", "https://a.example/b")
        );

        foreach (var path in new[] { "/console", "/console/clusters", "/console/subscriptions/x/anything", "/console/app.js" })
        {
            using var page = await host.Client.GetAsync(path, Token);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            Assert.Equal(
                path.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript" : "text/html",
                page.Content.Headers.ContentType?.MediaType
            );
            var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self'; ", policy, StringComparison.Ordinal);
            Assert.Contains(
                "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                policy,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(host, path, etag: page.Headers.ETag)).StatusCode);
        }

        Assert.Contains(
            "src=\"/b/console/app.js\"",
            await host.Client.GetStringAsync("/console/clusters", Token),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client.GetAsync("/api/console/clusters", Token)).StatusCode);
        using var known = await GetAsync(host, "/api/console/clusters", Key);
        Assert.Equal((HttpStatusCode.OK, "no-store"), (known.StatusCode, $"{known.Headers.CacheControl}"));
        Assert.Contains("sandbox", Assert.Single(known.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.True(long.TryParse(Assert.Single(known.Headers.GetValues("MeshPort-Time")), out _));
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(host, "/api/console/clusters", Key, known.Headers.ETag)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(host, Fragment, Key)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await GetAsync(host, "/api/console/clusters?page=x", Key)).StatusCode);
    }

    [Fact]
    public async Task Texts_of_specs_are_escaped()
    {
        const string attack = "<img src=x onerror=\"alert(1)\">'</textarea><script>alert(2)</script>";
        await using var host = await MeshPortHost.StartAsync(Token);
        var cluster = MeshPortHost.ClusterSpec();
        cluster["tags"] = new JsonObject { ["team"] = attack };
        var exposure = MeshPortHost.Echo("one", 9001);
        exposure["workload"]!["args"] = new JsonArray(attack); // just made
        exposure["workload"]!["env"] = new JsonArray(new JsonObject { ["name"] = "A", ["value"] = attack });
        exposure["probe"] = new JsonObject { ["send"] = attack, ["expect"] = attack };
        await host.PutClusterAsync(Token, cluster);
        await host.PutExposureAsync("one", exposure, Token);

        foreach (
            var page in new[] { "", "/edit", "/exposures/one", "/exposures/one/edit", "/operations", "/drift", "?text=%3Cimg%20src%3Dx%3E" }
        )
        {
            var html = await host.Client.GetStringAsync($"{Fragment}{page}", Token);
            Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains(
            WebUtility.HtmlEncode("<img src=x onerror="),
            await host.Client.GetStringAsync($"{Fragment}/exposures/one", Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_reader_sees_everything_and_only_an_operator_has_actions()
    {
        await using var host = await MeshPortHost.StartAsync(
            Token,
            ("MeshPort:Access:Audience", Audience),
            ("MeshPort:Access:TenantId", "a1b2c3d4-0000-4000-8000-5a4db0c50001"),
            ("MeshPort:Console:ClientId", Client)
        );
        using var made = await SendAsync(host, HttpMethod.Put, MeshPortHost.Cluster, "Operator");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);

        using var reader = await SendAsync(host, HttpMethod.Get, Fragment, "Reader");
        using var operate = await SendAsync(host, HttpMethod.Get, Fragment, "Operator");
        using var edit = await SendAsync(host, HttpMethod.Get, $"{Fragment}/edit", "Reader");
        using var shell = await host.Client.GetAsync("/console", Token);

        Assert.DoesNotContain("data-action", await reader.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Contains("data-action=\"delete\"", await operate.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, edit.StatusCode);
        Assert.Contains(Client, await shell.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        var authority = host.Sandbox.AuthorityHost.GetLeftPart(UriPartial.Authority);
        Assert.Contains(
            $"connect-src 'self' {authority};",
            Assert.Single(shell.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal
        );
    }

    private static async Task<HttpResponseMessage> GetAsync(
        MeshPortHost host,
        string path,
        string? key = null,
        EntityTagHeaderValue? etag = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("x-functions-key", key is null ? [] : [key]);
        request.Headers.IfNoneMatch.ParseAdd(etag?.ToString() ?? "\"none\"");
        return await host.Client.SendAsync(request, Token);
    }

    private static async Task<HttpResponseMessage> SendAsync(MeshPortHost host, HttpMethod method, string path, string role)
    {
        var caller = new TokenIdentity("11111111-2222-3333-4444-555555555555", "Jose", []) { Roles = [$"MeshPort.{role}"] };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", host.Sandbox.World.Tokens.Issue(Audience, caller));
        request.Content = method == HttpMethod.Put ? JsonContent.Create(new { spec = Walkthrough.Environment.ClusterSpec }) : null;
        return await host.Client.SendAsync(request, Token);
    }
}
