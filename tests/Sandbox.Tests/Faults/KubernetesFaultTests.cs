using System.Net;
using k8s;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Faults;

/// <summary>The faults of an API server and of the data plane as a client sees them.</summary>
public sealed class KubernetesFaultTests
{
    private const string ConfigMap = """{"metadata":{"name":"one"},"data":{"a":"1"}}""";
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData(FaultKind.Throttle, 429, "Too many requests, please try again later.\n")]
    [InlineData(
        FaultKind.Conflict,
        409,
        "\"message\":\"Operation cannot be fulfilled on configmaps \\\"one\\\": the object has been modified; please apply your changes "
            + "to the latest version and try "
            + "again\",\"reason\":\"Conflict\",\"details\":{\"name\":\"one\",\"kind\":\"configmaps\"},\"code\":409}"
    )]
    [InlineData(FaultKind.Refused, 403, "\"reason\":\"Forbidden\",\"details\":{\"name\":\"one\",\"kind\":\"configmaps\"},\"code\":403}")]
    [InlineData(FaultKind.InternalError, 500, "\"message\":\"etcdserver: request timed out\",\"code\":500}")]
    [InlineData(FaultKind.Unavailable, 503, "\"reason\":\"ServiceUnavailable\",\"code\":503}")]
    public async Task A_refusal_is_worded_as_by_an_API_server(FaultKind kind, int status, string end)
    {
        await using var cluster = await TestCluster.StartAsync();
        Assert.Equal(201, (await cluster.SendAsync(HttpMethod.Post, Maps, ConfigMap)).Code);
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = kind,
                Layer = FaultLayer.Kubernetes,
                Operation = "PATCH configmaps",
                Target = "one",
                Count = 1,
            }
        );

        var (code, body) = await cluster.SendAsync(
            HttpMethod.Patch,
            Maps + "/one",
            """{"data":{"a":"2"}}""",
            "application/merge-patch+json"
        );

        Assert.Equal(status, code);
        Assert.EndsWith(end, body, StringComparison.Ordinal);
        Assert.Contains("\"a\":\"1\"", (await cluster.SendAsync(HttpMethod.Get, Maps + "/one")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_throttled_request_with_a_code_is_answered_with_a_status()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Throttle,
                Layer = FaultLayer.Kubernetes,
                Operation = "GET configmaps",
                Code = "TooManyRequests",
                RetryAfter = 7,
            }
        );

        var (code, body) = await cluster.SendAsync(HttpMethod.Get, Maps);

        Assert.Equal(429, code);
        Assert.Equal(
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"storage is "
                + "(re)initializing\",\"reason\":\"TooManyRequests\",\"details\":{\"retryAfterSeconds\":7},\"code\":429}",
            body
        );
    }

    [Fact]
    public async Task A_reset_does_no_work_and_a_lost_answer_has_done_all_of_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Reset,
                Layer = FaultLayer.Kubernetes,
                Operation = "POST configmaps",
                Count = 1,
            }
        );
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Lost,
                Layer = FaultLayer.Kubernetes,
                Operation = "create configmaps",
                Count = 1,
            }
        );

        await Assert.ThrowsAsync<HttpRequestException>(() => cluster.SendAsync(HttpMethod.Post, Maps, ConfigMap));
        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, Maps + "/one")).Code);
        await Assert.ThrowsAsync<HttpRequestException>(() => cluster.SendAsync(HttpMethod.Post, Maps, ConfigMap));
        Assert.Equal(200, (await cluster.SendAsync(HttpMethod.Get, Maps + "/one")).Code);
    }

    [Fact]
    public async Task Adding_the_fault_drops_a_running_watch()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var watch = await WatchAsync(cluster);

        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.WatchDropped,
                Layer = FaultLayer.Kubernetes,
                Operation = "WATCH configmaps",
                Count = 1,
            }
        );

        await EndsAsync(watch);
        using var next = await WatchAsync(cluster); // the count is used up
        Assert.Equal(201, (await cluster.SendAsync(HttpMethod.Post, Maps, ConfigMap)).Code);
        Assert.Contains("\"one\"", await LineAsync(next), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_that_starts_later_is_dropped_after_a_while()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.World.Clock.Hold();
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.WatchDropped,
                Layer = FaultLayer.Kubernetes,
                Duration = 60,
            }
        );
        using var watch = await WatchAsync(cluster);
        Assert.Equal(201, (await cluster.SendAsync(HttpMethod.Post, Maps, ConfigMap)).Code);
        Assert.Contains("\"one\"", await LineAsync(watch), StringComparison.Ordinal);

        cluster.World.Clock.Advance(TimeSpan.FromSeconds(60));

        await EndsAsync(watch);
    }

    [Fact]
    public async Task An_API_server_that_is_down_cuts_its_watches_and_answers_no_request_until_it_is_up()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var watch = await WatchAsync(cluster);

        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Down,
                Layer = FaultLayer.Kubernetes,
                Target = "mesh",
            }
        );

        await EndsAsync(watch);
        await Assert.ThrowsAsync<HttpRequestException>(() => cluster.SendAsync(HttpMethod.Get, "/healthz"));
        cluster.World.Faults.Clear();
        Assert.Equal(200, (await cluster.SendAsync(HttpMethod.Get, "/healthz")).Code);
    }

    [Fact]
    public async Task The_data_plane_goes_down_and_comes_back()
    {
        await using var cluster = await TestCluster.StartAsync();
        var address = IPAddress.Parse(await cluster.GatewayAddressAsync());
        await Wait.UntilAsync(() => ServesAsync(address), TestContext.Current.CancellationToken);
        using var open = new System.Net.Sockets.TcpClient();
        await open.ConnectAsync(address, 15021, TestCluster.Token);

        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Down,
                Layer = FaultLayer.DataPlane,
                Operation = "CONNECT aks-istio-ingressgateway-*",
            }
        );

        await Assert.ThrowsAsync<IOException>(async () => await open.GetStream().ReadExactlyAsync(new byte[1], TestCluster.Token));
        await Wait.UntilAsync(async () => !await ServesAsync(address), TestContext.Current.CancellationToken);
        cluster.World.Faults.Clear();
        await Wait.UntilAsync(() => ServesAsync(address), TestContext.Current.CancellationToken);
    }

    /// <summary>Whether the gateway's status port answers.</summary>
    private static async Task<bool> ServesAsync(IPAddress address)
    {
        try
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(address, 15021, TestCluster.Token);
            await client
                .GetStream()
                .WriteAsync("GET /healthz/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), TestCluster.Token);
            using var reader = new StreamReader(client.GetStream());
            return (await reader.ReadToEndAsync(TestCluster.Token)).Contains("200", StringComparison.Ordinal);
        }
        catch (Exception refused) when (refused is IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static async Task<StreamReader> WatchAsync(TestCluster cluster)
    {
        var version = (await cluster.Client.CoreV1.ListNamespacedConfigMapAsync("default", cancellationToken: TestCluster.Token))
            .Metadata
            .ResourceVersion;
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(cluster.Fleet.ApiServer(TestCluster.Id), $"{Maps}?watch=1&resourceVersion={version}")
        );
        var response = await cluster.Client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestCluster.Token);
        return new StreamReader(await response.Content.ReadAsStreamAsync(TestCluster.Token));
    }

    private static Task<string?> LineAsync(StreamReader watch) =>
        watch.ReadLineAsync(TestCluster.Token).AsTask().WaitAsync(Wait.Usual, TestCluster.Token);

    private static async Task EndsAsync(StreamReader watch)
    {
        try
        {
            Assert.Null(await LineAsync(watch));
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            return;
        }
    }
}
