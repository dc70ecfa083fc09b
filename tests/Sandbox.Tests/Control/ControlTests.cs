using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Control;
using Xunit;

namespace MeshPort.Sandbox.Tests.Control;

public sealed class ControlTests : IAsyncLifetime
{
    private readonly HttpClientHandler _handler = new();
    private AzureSandbox? _sandbox;
    private SandboxControl? _control;
    private HttpClient? _http;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false }, TestContext.Current.CancellationToken);
        _control = await SandboxControl.StartAsync(_sandbox, "secret", TestContext.Current.CancellationToken);
        _http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = _control.Endpoint };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
    }

    [Fact]
    public async Task A_fault_is_added_listed_removed_and_cleared()
    {
        var (status, added) = await SendAsync(
            "POST",
            "/sandbox/faults",
            """{"kind":"throttle","layer":"arm","operation":"PUT managedClusters","probability":0.2,"retryAfter":30}"""
        );
        Assert.Equal(201, status);
        Assert.Equal("1", added["id"]!.GetValue<string>());
        await SendAsync("POST", "/sandbox/faults", """{"kind":"watchDropped"}""");

        var listed = (await SendAsync("GET", "/sandbox/faults")).Body["value"]!.AsArray();
        Assert.Equal(["throttle arm", "watchDropped kubernetes"], listed.Select(fault => $"{fault!["kind"]} {fault["layer"]}"));
        Assert.Equal(
            (0.2, 30, 0),
            (
                listed[0]!["probability"]!.GetValue<double>(),
                listed[0]!["retryAfter"]!.GetValue<int>(),
                listed[0]!["struck"]!.GetValue<int>()
            )
        );

        Assert.Equal(200, (await SendAsync("DELETE", "/sandbox/faults/1")).Status);
        Assert.Equal(404, (await SendAsync("DELETE", "/sandbox/faults/1")).Status);
        Assert.Equal(1, (await SendAsync("DELETE", "/sandbox/faults")).Body["removed"]!.GetValue<int>());
    }

    [Fact]
    public async Task All_problems_are_reported_at_once()
    {
        var (status, body) = await SendAsync(
            "POST",
            "/sandbox/faults",
            """{"kind":"thunder","layer":2,"probability":"often","count":0,"nonsense":1}"""
        );

        Assert.Equal(400, status);
        Assert.Equal(
            ["count", "kind", "layer", "nonsense", "probability"],
            body["error"]!["details"]!.AsArray().Select(problem => problem!["field"]!.GetValue<string>()).Distinct().Order()
        );
        Assert.Contains("throttle or conflict", body.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(_sandbox!.World.Faults.All); // set by InitializeAsync
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_body_that_is_not_an_object_is_refused(string body) =>
        Assert.Equal(400, (await SendAsync("POST", "/sandbox/faults", body)).Status);

    [Fact]
    public async Task Time_is_held_advanced_and_resumed()
    {
        var held = (await SendAsync("POST", "/sandbox/clock/hold")).Body;
        var advanced = (await SendAsync("POST", "/sandbox/clock/advance", """{"seconds":90}""")).Body;

        Assert.Equal(held["now"]!.GetValue<DateTimeOffset>().AddSeconds(90), advanced["now"]!.GetValue<DateTimeOffset>());
        Assert.True(advanced["held"]!.GetValue<bool>());
        Assert.False((await SendAsync("POST", "/sandbox/clock/resume")).Body["held"]!.GetValue<bool>());
        Assert.Equal(400, (await SendAsync("POST", "/sandbox/clock/advance", """{"seconds":-1}""")).Status);
    }

    [Fact]
    public async Task Requests_without_the_key_are_refused()
    {
        _http!.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "guess"); // set by InitializeAsync

        Assert.Equal(401, (await SendAsync("GET", "/sandbox/faults")).Status);
        Assert.Equal(401, (await SendAsync("GET", "/anything")).Status);
    }

    [Fact]
    public async Task An_unknown_cluster_and_an_unknown_path_are_not_found()
    {
        Assert.Empty((await SendAsync("GET", "/sandbox/clusters")).Body["value"]!.AsArray());
        Assert.Equal(404, (await SendAsync("GET", "/sandbox/clusters/kubeconfig?id=none")).Status);
        Assert.Equal(404, (await SendAsync("GET", "/sandbox/nothing")).Status);
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        _handler.Dispose();
        await (_control?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_sandbox?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task A_certificate_is_brought_into_a_vault_and_each_call_adds_a_version()
    {
        const string Path = "/sandbox/vaults/edge/certificates/echo";
        var (status, first) = await SendAsync("PUT", Path, """{"serverNames":["echo.example.com","*.example.com"]}""");
        var (_, second) = await SendAsync("PUT", Path, """{"serverNames":["echo.example.com"]}""");
        var refused = await SendAsync("PUT", Path, """{"serverNames":["not a name"]}""");

        Assert.Equal((200, 400), (status, refused.Status));
        var vault = _sandbox!.World.VaultCertificates; // set by InitializeAsync
        Assert.Equal(second["version"]?.GetValue<string>(), vault.Find("edge", "echo", "")?.Version);
        Assert.NotNull(vault.Find("EDGE", "echo", first["version"]?.GetValue<string>() ?? "-"));
        Assert.Null(vault.Find("edge", "echo", "0"));
    }

    private async Task<(int Status, JsonObject Body)> SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        using var response = await _http!.SendAsync(request, TestContext.Current.CancellationToken); // set by InitializeAsync
        return (
            (int)response.StatusCode,
            JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject()
        );
    }
}
