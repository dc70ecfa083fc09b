using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class LimitTests
{
    [Fact]
    public async Task A_destination_rule_limits_the_connections_of_each_gateway_pod()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        var address = await ServeAsync(cluster);
        await WalkThrough.ApplyAsync(cluster, "destinationrules", "tcpecho", Rule("""{"maxConnections":1}"""));
        await PodsAsync(cluster, 2);

        var open = new List<TcpClient>();
        for (var count = 0; count < 2; count++)
        {
            await Wait.UntilAsync(async () => await HeldAsync(address, open), TestCluster.Token);
        }

        Assert.Equal("reset", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));
        Assert.Equal("reset", await Dial.OutcomeAsync(address, 9000, TestCluster.Token));

        open.ForEach(client => client.Dispose());
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    [Fact]
    public async Task The_load_balancer_resets_a_connection_after_four_simulated_idle_minutes()
    {
        await using var cluster = await TestCluster.StartAsync();
        var address = await ServeAsync(cluster);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token);
        var began = cluster.World.Clock.GetTimestamp();

        var broken = await Assert.ThrowsAsync<IOException>(async () =>
            await client.GetStream().ReadExactlyAsync(new byte[1], TestCluster.Token)
        );

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(broken.InnerException).SocketErrorCode);
        Assert.True(cluster.World.Clock.GetElapsedTime(began) >= TimeSpan.FromMinutes(3.9));
    }

    [Fact]
    public async Task The_idle_timeout_of_a_destination_rule_closes_the_connection_in_order()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        var address = await ServeAsync(cluster);
        await WalkThrough.ApplyAsync(cluster, "destinationrules", "tcpecho", Rule("""{"idleTimeout":"30s"}"""));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token);

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestCluster.Token));
    }

    [Fact]
    public async Task Open_connections_outlive_a_change_of_the_route()
    {
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        var address = await ServeAsync(cluster);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token);
        Assert.Equal("hello a", await SayAsync(client, "a"));

        await cluster.ExpectAsync(200, HttpMethod.Delete, "/apis/networking.istio.io/v1/namespaces/default/virtualservices/tcpecho");
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "refused", TestCluster.Token);

        Assert.Equal("hello b", await SayAsync(client, "b"));
    }

    [Fact]
    public async Task Five_thousand_connections_echo_at_the_same_time()
    {
        const int Count = 5000;
        await using var cluster = await TestCluster.StartAsync(scale: 60);
        var address = await ServeAsync(cluster);
        await SourceTests.PatchAsync(
            cluster,
            """{"metadata":{"annotations":{"service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout":"100"}}}"""
        );
        var clients = new TcpClient[Count];
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, Count),
                new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestCluster.Token },
                async (index, cancellationToken) =>
                {
                    clients[index] = new TcpClient();
                    await clients[index].ConnectAsync(IPAddress.Parse(address), 9000, cancellationToken);
                }
            );

            var answers = await Task.WhenAll(clients.Select((client, index) => SayAsync(client, $"{index}")));

            Assert.Equal(Enumerable.Range(0, Count).Select(index => $"hello {index}"), answers);
        }
        finally
        {
            foreach (var client in clients)
            {
                client?.Dispose();
            }
        }
    }

    private static async Task<string> ServeAsync(TestCluster cluster)
    {
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        return address;
    }

    private static Task PodsAsync(TestCluster cluster, int count) =>
        Wait.UntilAsync(
            async () =>
                (
                    await cluster.ExpectAsync(
                        200,
                        HttpMethod.Get,
                        $"/api/v1/namespaces/{TestCluster.Ingress}/endpoints/{TestCluster.External}"
                    )
                )["subsets"]
                    ?[0]?["addresses"]?.AsArray()
                    .Count == count,
            TestCluster.Token
        );

    private static async Task<bool> HeldAsync(string address, List<TcpClient> open)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token);
            Assert.Equal("hello me", await SayAsync(client, "me"));
            open.Add(client);
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            client.Dispose();
            return false;
        }
    }

    private static async Task<string> SayAsync(TcpClient client, string line)
    {
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestCluster.Token);
        var answer = new byte[line.Length + "hello \n".Length];
        await client.GetStream().ReadExactlyAsync(answer, TestCluster.Token);
        return Encoding.UTF8.GetString(answer).TrimEnd('\n');
    }

    private static string Rule(string tcp) =>
        """
            {"apiVersion":"networking.istio.io/v1","kind":"DestinationRule","metadata":{"name":"tcpecho","namespace":"default"},
             "spec":{"host":"tcpecho","trafficPolicy":{"connectionPool":{"tcp":TCP} } } }
            """.Replace("TCP", tcp, StringComparison.Ordinal);
}
