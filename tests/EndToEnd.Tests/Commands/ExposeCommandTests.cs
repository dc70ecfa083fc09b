namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary><c>meshport expose</c> for exposures that exist, and for names that others use.</summary>
public sealed class ExposeCommandTests : IAsyncDisposable
{
    private const string Echo = """{"gateway":"external","backends":[{"service":"tcpecho","port":9000}],"port":9001}""";
    private const string ShopRedis = """
        {
          "gateway": "external",
          "port": 6379,
          "protocol": "TCP",
          "allowedSources": ["203.0.113.0/24"],
          "backends": [{ "service": "redis", "namespace": "shop", "port": 6379, "weight": 100 }]
        }
        """;
    private readonly ExposureServer _server = new();

    [Fact]
    public async Task The_same_command_again_follows_the_work_on_a_changed_spec()
    {
        _server.Set("tcpecho-9001", Echo, generation: 2, ready: "True", observed: 1);
        _server.IsConverging = true;
        _server.Converge = () => _server.Set("tcpecho-9001", Echo, generation: 2, ready: "False", observed: 2);
        await _server.StartAsync();

        var again = (await _server.ExposeAsync("9001", "--to", "tcpecho:9000"))
            .Must(1)
            .Complains("exposure tcpecho-9001: Reachable is False (WrongAnswer): Observed in generation 2.");

        Assert.False(_server.IsConverging);
        Assert.DoesNotContain("Ready  tcpecho-9001", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_command_again_follows_the_work_on_a_new_exposure()
    {
        _server.Set("tcpecho-9001", Echo, ready: "Unknown", observed: 0);
        _server.IsConverging = true;
        _server.Converge = () => _server.Set("tcpecho-9001", Echo);
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000")).Must(0).Says("^Ready  tcpecho-9001 at ");
    }

    [Fact]
    public async Task Ready_of_an_earlier_spec_is_not_Ready()
    {
        _server.Set("tcpecho-9001", Echo, generation: 2, ready: "True", observed: 1);
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000"))
            .Must(1)
            .Complains("exposure tcpecho-9001: Ready is Unknown (Pending): MeshPort has not observed generation 2 yet.");
    }

    [Fact]
    public async Task An_exposure_that_is_Ready_waits_for_no_work_of_others()
    {
        _server.Set("tcpecho-9001", Echo);
        _server.IsConverging = true;
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000")).Must(0);

        Assert.True(_server.IsConverging);
    }

    [Theory]
    [InlineData("cache/redis", "external")]
    [InlineData("shop/redis:6380", "external")]
    [InlineData("shop/redis", "internal")]
    public async Task An_exposure_of_another_target_is_not_replaced(string target, string gateway)
    {
        _server.Set("redis-6379", ShopRedis);
        await _server.StartAsync();

        (await _server.ExposeAsync("6379", "--to", target, "--gateway", gateway))
            .Must(1)
            .Complains("Cluster istiotest already has an exposure 'redis-6379': port 6379 of the external gateway to shop/redis:6379.")
            .Complains("Nothing was changed. Choose another name with --name")
            .Complains("meshport delete exposure redis-6379 --cluster istiotest");

        Assert.Empty(_server.Conditions);
    }

    [Theory]
    [InlineData("workload", """{"image":"tcpecho:1","containerPort":9000}""")]
    [InlineData("tls", """{"mode":"terminate","certificate":{"secret":"web"}}""")]
    [InlineData("proxyProtocol", "\"V2\"")]
    public async Task An_exposure_with_a_field_that_the_command_cannot_state_is_not_updated(string field, string value)
    {
        var fields = $"\"port\":9001,\"protocol\":\"TLS\",\"{field}\":{value}";
        _server.Set("tcpecho-9001", Echo.Replace("\"port\":9001", fields, StringComparison.Ordinal));
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000", "--from", "203.0.113.0/24"))
            .Must(1)
            .Complains($"has fields that 'meshport expose' cannot state and would remove: {field}. Nothing was changed.")
            .Complains("meshport apply -f FILE");

        Assert.Empty(_server.Conditions);
    }

    [Fact]
    public async Task An_exposure_that_passes_TLS_through_is_updated()
    {
        var web = Echo.Replace(
            "\"port\":9001",
            "\"port\":9001,\"protocol\":\"TLS\",\"sniHosts\":[\"web.example.com\"],\"tls\":{\"mode\":\"passthrough\"}",
            StringComparison.Ordinal
        );
        _server.Set("tcpecho-9001", web);
        _server.Converge = () => _server.Set("tcpecho-9001", web, generation: 2, observed: 2);
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000", "--sni", "web.example.com", "--from", "203.0.113.0/24")).Must(0);
    }

    [Fact]
    public async Task An_exposure_that_somebody_makes_meanwhile_is_not_replaced()
    {
        _server.Meanwhile = () => _server.Set("redis-6379", ShopRedis);
        await _server.StartAsync();

        (await _server.ExposeAsync("6379", "--to", "cache/redis")).Must(1).Complains("already has an exposure 'redis-6379'");

        Assert.Equal(["If-None-Match *"], _server.Conditions);
    }

    [Fact]
    public async Task An_exposure_that_somebody_changes_meanwhile_is_read_again()
    {
        _server.Set("tcpecho-9001", Echo);
        _server.Meanwhile = () => _server.Set("tcpecho-9001", Echo, generation: 2);
        _server.Converge = () => _server.Set("tcpecho-9001", Echo, generation: 3, observed: 3);
        await _server.StartAsync();

        (await _server.ExposeAsync("9001", "--to", "tcpecho:9000", "--expect", "hello")).Must(0);

        Assert.Equal(["If-Match \"1-a\"", "If-Match \"2-a\""], _server.Conditions);
    }

    [Fact]
    public async Task What_somebody_changes_after_the_plan_is_not_deleted()
    {
        _server.Set("tcpecho-9001", Echo);
        _server.Meanwhile = () => _server.Set("tcpecho-9001", Echo, generation: 2, observed: 2);
        await _server.StartAsync();
        string[] delete = ["delete", "exposure", "tcpecho-9001", "--cluster", ExposureServer.Cluster, "--yes"];

        (await _server.RunAsync(delete))
            .Must(1)
            .Complains("/exposures/tcpecho-9001 since the plan, so it was not deleted. Repeat the command to see the new plan.");
        (await _server.RunAsync(delete)).Must(0).Says("^Deleted  ");

        Assert.Equal(["If-Match \"1-a\"", "If-Match \"2-a\""], _server.Conditions);
    }

    [Fact]
    public async Task A_spec_that_somebody_replaces_meanwhile_is_not_Ready()
    {
        var theirs = Echo.Replace("\"port\":9001", "\"port\":9002", StringComparison.Ordinal);
        _server.Converge = () => _server.Set("tcpecho-9001", theirs, generation: 2, observed: 2);
        await _server.StartAsync();

        var outcome = (await _server.ExposeAsync("9001", "--to", "tcpecho:9000"))
            .Must(1)
            .Complains("exposure tcpecho-9001: another request has replaced its spec, and that of this command does not apply any more.");

        Assert.DoesNotContain("Ready  ", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_says_what_it_changes_and_who_may_connect_now()
    {
        _server.Set("redis-6379", ShopRedis);
        _server.Converge = () => _server.Set("redis-6379", ShopRedis, generation: 2, observed: 2);
        await _server.StartAsync();

        (await _server.ExposeAsync("6379", "--to", "shop/redis"))
            .Must(0)
            .Says("^  ~ exposure redis-6379 ")
            .Says("""^      - allowedSources: \["203\.0\.113\.0/24"\]$""")
            .Complains("Without --from, all clients can connect to redis-6379. Before, it allowed only 203.0.113.0/24.");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
