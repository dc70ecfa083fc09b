using System.Text.Json.Nodes;
using MeshPort.Model;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

/// <summary>How long a probe waits with an open connection, and what that proves.</summary>
public sealed class OpenTimeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(10);

    private static readonly ExposureSpec Plain = new() { Port = 9000, Backends = [new BackendSpec("echo", "shop", 9000, 100)] };

    [Fact]
    public void An_open_connection_must_last_longer_than_the_gateway_tries()
    {
        Assert.Equal(TimeSpan.FromSeconds(12), Wait(Plain, Default, null));
        Assert.Equal(TimeSpan.FromSeconds(32), Wait(Plain, TimeSpan.FromSeconds(30), null));
    }

    [Fact]
    public void A_longer_timeout_of_the_probe_lengthens_it() =>
        Assert.Equal(
            TimeSpan.FromSeconds(22),
            Wait(Plain with { Probe = new ProbeSpec { Timeout = TimeSpan.FromSeconds(20) } }, Default, null)
        );

    [Theory]
    [InlineData("100", 1)]
    [InlineData("100 0", 1)]
    [InlineData("50 50", 7)]
    [InlineData("34 33 33", 12)]
    [InlineData("80 20", 20)]
    [InlineData("99 1", 20)]
    public void A_probe_of_several_backends_connects_so_often_that_it_meets_each(string weights, int connections)
    {
        var backends = weights.Split(' ').Select((weight, index) => new BackendSpec($"b{index}", "shop", 9000, int.Parse(weight)));

        Assert.Equal(connections, ProofPlan.Connections(Plain with { Backends = [.. backends] }));
    }

    [Fact]
    public void One_of_several_connections_that_fails_is_told()
    {
        var good = Observation.True(Reasons.Answered, "ok");
        var bad = Observation.False(Reasons.ConnectionReset, "reset");

        Assert.Equal(good, ProofPlan.Of([good, good]));
        Assert.Equal(bad, ProofPlan.Of([bad, bad]));
        Assert.Equal(bad with { Message = "1 of 3 connections fail, so one of the backends does: reset" }, ProofPlan.Of([good, bad, good]));
    }

    [Fact]
    public void No_probe_waits_longer_than_a_minute() => Assert.Equal(TimeSpan.FromSeconds(62), Wait(Plain, TimeSpan.MaxValue, null));

    [Fact]
    public void A_port_that_was_proven_a_short_while_ago_is_only_looked_at()
    {
        Assert.Equal(TimeSpan.Zero, Wait(Plain, Default, Now - TimeSpan.FromMinutes(14)));
        Assert.Equal(TimeSpan.FromSeconds(12), Wait(Plain, Default, Now - TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void Answers_and_handshakes_need_no_wait()
    {
        Assert.Equal(TimeSpan.Zero, Wait(Plain with { Probe = new ProbeSpec { Expect = "hello" } }, Default, null));
        Assert.Equal(TimeSpan.Zero, Wait(Plain with { Protocol = ExposureProtocol.Tls, SniHosts = ["a"] }, Default, null));
    }

    [Fact]
    public void A_handshake_with_the_gateway_proves_no_backend() =>
        Assert.Equal(
            TimeSpan.FromSeconds(12),
            Wait(
                Plain with
                {
                    Protocol = ExposureProtocol.Tls,
                    Tls = new TlsSpec(TlsMode.Terminate) { Certificate = new CertificateSpec("web") },
                },
                Default,
                null
            )
        );

    [Fact]
    public void A_connection_that_stayed_open_proves_the_backend_unless_the_gateway_tries_for_longer()
    {
        Assert.Equal(Reasons.Connected, ProofPlan.Open("e", Plain, Default).Reason);
        Assert.Equal(Reasons.Connected, ProofPlan.Open("e", Plain, OpenTime.Most).Reason);
        var unproven = ProofPlan.Open("e", Plain, OpenTime.Most + TimeSpan.FromSeconds(1));
        Assert.Equal((ConditionStatus.Unknown, Reasons.BackendNotProven), (unproven.Status, unproven.Reason));
    }

    [Theory]
    [InlineData("shop", "echo", """{"connectionPool":{"tcp":{"connectTimeout":"30s"}}}""", 30)]
    [InlineData("other", "echo", """{"connectionPool":{"tcp":{"connectTimeout":"30s"}}}""", 10)]
    [InlineData("other", "echo.shop.svc.cluster.local", """{"connectionPool":{"tcp":{"connectTimeout":"1m30s"}}}""", 90)]
    [InlineData("root", "*.shop.svc.cluster.local", """{"connectionPool":{"tcp":{"connectTimeout":"20s"}}}""", 20)]
    [InlineData("root", "*", """{"connectionPool":{"tcp":{"connectTimeout":"20s"}}}""", 20)]
    [InlineData("root", "*.lab.svc.cluster.local", """{"connectionPool":{"tcp":{"connectTimeout":"20s"}}}""", 10)]
    [InlineData("shop", "echo", """{"connectionPool":{"tcp":{"connectTimeout":"500ms"}}}""", 10)]
    [InlineData("shop", "echo", """{"portLevelSettings":[{"connectionPool":{"tcp":{"connectTimeout":"40s"}}}]}""", 40)]
    [InlineData("shop", "echo", """{"connectionPool":{"tcp":{"maxConnections":1}}}""", 10)]
    public void The_longest_rule_that_may_apply_counts(string home, string host, string policy, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ConnectTimeouts.Of(Plain, [Rule(home, host, $$"""{"trafficPolicy":{{policy}}}""")]));

    [Fact]
    public void A_subset_and_a_time_that_cannot_be_read_count_too()
    {
        const string Subset = """{"subsets":[{"trafficPolicy":{"connectionPool":{"tcp":{"connectTimeout":"50s"}}}}]}""";
        const string Odd = """{"trafficPolicy":{"connectionPool":{"tcp":{"connectTimeout":"soon"}}}}""";

        Assert.Equal(TimeSpan.FromSeconds(50), ConnectTimeouts.Of(Plain, [Rule("shop", "echo", Subset)]));
        Assert.Equal(TimeSpan.MaxValue, ConnectTimeouts.Of(Plain, [Rule("shop", "echo", Odd)]));
    }

    private static TimeSpan Wait(ExposureSpec spec, TimeSpan connectTimeout, DateTimeOffset? proven) =>
        ProofPlan.WaitFor(spec, connectTimeout, proven, Now).Time;

    private static JsonObject Rule(string home, string host, string spec)
    {
        var rule = new JsonObject
        {
            ["metadata"] = new JsonObject { ["namespace"] = home },
            ["spec"] = JsonNode.Parse(spec),
        };
        rule["spec"]!["host"] = host; // just set
        return rule;
    }
}
