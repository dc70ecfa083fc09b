using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Model;
using MeshPort.Routes;
using Xunit;

namespace MeshPort.Functions.Tests.Routes;

public sealed class ForeignRulesTests
{
    [Theory]
    [InlineData("shop", "shop", "600s", true, false)]
    [InlineData("shop.shop.svc.cluster.local", AddOn.IngressNamespace, "600s", true, false)]
    [InlineData("shop", "shop", "60s", true, true)]
    [InlineData("shop", "shop", null, true, true)]
    [InlineData("shop", "elsewhere", "60s", false, false)]
    [InlineData("other", "shop", "60s", false, false)]
    public void A_rule_for_the_same_host_is_left_alone_and_serves_when_it_says_the_same(
        string host,
        string home,
        string? time,
        bool isTheirs,
        bool conflicts
    )
    {
        var spec = new ExposureSpec
        {
            Port = 9000,
            IdleTimeout = TimeSpan.FromMinutes(10),
            Backends = [new BackendSpec("shop", "shop", 7000, 100)],
        };
        var rule = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "theirs", ["namespace"] = home },
            ["spec"] = new JsonObject
            {
                ["host"] = host,
                ["trafficPolicy"] = new JsonObject
                {
                    ["connectionPool"] = new JsonObject { ["tcp"] = new JsonObject { ["idleTimeout"] = time } },
                },
            },
        };

        var found = ForeignRules.Of(
            [rule],
            [new NamedExposure("shop", 1, spec)],
            gateway => AddOn.Gateway(new ClusterSpec { Location = "eastus2" }, gateway)
        );

        Assert.Equal(isTheirs, found.Hosts.Contains("shop.shop.svc.cluster.local"));
        Assert.Equal(conflicts, found.Conflicts.ContainsKey("shop"));
    }
}
