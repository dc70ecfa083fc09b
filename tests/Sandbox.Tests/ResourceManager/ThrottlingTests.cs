using System.Globalization;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Throttling;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ThrottlingTests
{
    private const string Cluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c";
    private readonly SteppedTime _time = new();

    [Theory]
    [InlineData("GET", "/subscriptions/s", 250, 25, "SubscriptionRequestsThrottled")]
    [InlineData("PUT", "/subscriptions/s/resourceGroups/g", 200, 10, "SubscriptionRequestsThrottled")]
    [InlineData("DELETE", "/subscriptions/s/resourceGroups/g", 200, 10, "SubscriptionRequestsThrottled")]
    [InlineData("GET", "/tenants", 250, 25, "TenantRequestsThrottled")]
    [InlineData("GET", Cluster, 60, 1, "Throttled")]
    [InlineData("PUT", Cluster, 20, 1 / 60.0, "Throttled")]
    [InlineData("PUT", Cluster + "/agentPools/p", 20, 1 / 60.0, "Throttled")]
    [InlineData("GET", "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters", 60, 1, "Throttled")]
    [InlineData("GET", "/subscriptions/s/providers/Microsoft.ContainerService/locations/l/operations/o", 200, 2, "Throttled")]
    [InlineData("POST", Cluster + "/listClusterUserCredential", 60, 1, "Throttled")]
    public void A_bucket_allows_its_burst_and_then_its_refill_rate(string method, string path, int burst, double perSecond, string code)
    {
        var throttle = new Throttle(_time);
        for (var request = 0; request < burst; request++)
        {
            throttle.Admit(new ArmPath(path), method, "me", new HeaderDictionary());
        }

        var refusal = Assert.Throws<ArmException>(() => throttle.Admit(new ArmPath(path), method, "me", new HeaderDictionary()));
        Assert.Equal((429, code), (refusal.Status, refusal.Code));
        Assert.Equal((int)Math.Ceiling(1 / perSecond), refusal.RetryAfter);
        _time.Now += TimeSpan.FromSeconds(refusal.RetryAfter ?? 0);
        throttle.Admit(new ArmPath(path), method, "me", new HeaderDictionary());
    }

    [Fact]
    public void Principals_subscriptions_and_clusters_have_separate_buckets()
    {
        var throttle = new Throttle(_time);
        for (var request = 0; request < 250; request++)
        {
            throttle.Admit(new ArmPath("/subscriptions/s"), "GET", "me", new HeaderDictionary());
        }

        throttle.Admit(new ArmPath("/subscriptions/s"), "GET", "you", new HeaderDictionary());
        throttle.Admit(new ArmPath("/subscriptions/t"), "GET", "me", new HeaderDictionary());
        throttle.Admit(new ArmPath("/subscriptions/s"), "PUT", "me", new HeaderDictionary());
        Assert.Throws<ArmException>(() => throttle.Admit(new ArmPath("/SUBSCRIPTIONS/S"), "GET", "me", new HeaderDictionary()));
    }

    [Fact]
    public void All_principals_together_have_fifteen_times_the_limit()
    {
        var throttle = new Throttle(_time);
        for (var request = 0; request < 15 * 200; request++)
        {
            throttle.Admit(new ArmPath("/subscriptions/s/resourceGroups/g"), "PUT", $"{request / 200}", new HeaderDictionary());
        }

        Assert.Throws<ArmException>(() =>
            throttle.Admit(new ArmPath("/subscriptions/s/resourceGroups/g"), "PUT", "another", new HeaderDictionary())
        );
    }

    [Fact]
    public async Task The_headers_count_down_and_an_empty_bucket_answers_429()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 0.001 }, cancel);
        using var clients = new SandboxClients(sandbox);
        var path = ArmFixture.ClusterPath("absent", "c1");

        var first = await ArmFixture.SendAsync(clients, "GET", path);
        for (var request = 1; request < 60; request++)
        {
            await ArmFixture.SendAsync(clients, "GET", path);
        }

        var refused = await ArmFixture.SendAsync(clients, "GET", path);
        Assert.Equal((249, 189), (Remaining(first.Message), Remaining(refused.Message)));
        Assert.Equal((429, "Throttled"), (refused.Status, ArmFixture.Code(refused.Body)));
        Assert.Equal("service", Assert.Single(refused.Message.Headers.GetValues("x-ms-failure-cause")));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Message.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Without_throttling_no_request_is_counted()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = 0.001,
                Throttling = false,
            },
            cancel
        );
        using var clients = new SandboxClients(sandbox);

        for (var request = 0; request < 70; request++)
        {
            var answer = await ArmFixture.SendAsync(clients, "GET", ArmFixture.ClusterPath("absent", "c1"));
            Assert.Equal(404, answer.Status);
            Assert.False(answer.Message.Headers.Contains("x-ms-ratelimit-remaining-subscription-reads"));
        }
    }

    private static int Remaining(HttpResponseMessage message) =>
        int.Parse(Assert.Single(message.Headers.GetValues("x-ms-ratelimit-remaining-subscription-reads")), CultureInfo.InvariantCulture);

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
