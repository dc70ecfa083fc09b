using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class SilentPortTests
{
    [Fact]
    public async Task A_port_for_udp_alone_is_silent_over_tcp()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        await SourceTests.PatchAsync(
            cluster,
            """{"spec":{"ports":[{"name":"tcp-9000","port":9000},{"name":"udp-9000","port":9000,"protocol":"UDP"},"""
                + """{"name":"udp-9001","port":9001,"protocol":"UDP"}]}}"""
        );
        var address = await cluster.GatewayAddressAsync();

        await Wait.UntilAsync(
            async () => await Dial.AnswersAsync(address, 9001, "127.0.0.1", TestCluster.Token) == false,
            TestCluster.Token
        );
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    [Fact]
    public async Task Connecting_to_a_port_behind_a_closed_firewall_gets_no_answer()
    {
        await using var silent = new SilentPort(new IPEndPoint(IPAddress.Parse("127.19.7.7"), 9000));
        using var client = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestCluster.Token);
        patience.CancelAfter(TimeSpan.FromMilliseconds(500));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await client.ConnectAsync(IPAddress.Parse("127.19.7.7"), 9000, patience.Token)
        );
    }

    /// <summary>Clients that already try to connect when the firewall closes do not get in and do not delay the closing.</summary>
    [Fact]
    public async Task A_port_is_silent_from_its_first_moment()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems cannot close a port before they open it");
        var endpoint = new IPEndPoint(IPAddress.Parse("127.19.7.8"), 9000);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestCluster.Token);
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(() => TimesConnectedAsync(endpoint, stop.Token))).ToArray();

        for (var times = 0; times < 300; times++)
        {
            await using var silent = new SilentPort(endpoint);
        }

        await stop.CancelAsync();
        Assert.Equal(0, (await Task.WhenAll(clients)).Sum());
    }

    private static async Task<int> TimesConnectedAsync(IPEndPoint endpoint, CancellationToken stop)
    {
        var connected = 0;
        while (!stop.IsCancellationRequested)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
            patience.CancelAfter(TimeSpan.FromMilliseconds(5));
            try
            {
                await client.ConnectAsync(endpoint, patience.Token);
                connected++;
            }
            catch (Exception refused) when (refused is SocketException or OperationCanceledException)
            {
                // The expected result; tries again.
            }
        }

        return connected;
    }

    [Fact]
    public async Task A_client_that_keeps_trying_connects_once_the_security_group_allows_it()
    {
        const string Network = "/subscriptions/0/resourceGroups/tcp/providers/Microsoft.Network";
        const string Group = $"{Network}/networkSecurityGroups/nsg";
        const string Subnet = $"{Network}/virtualNetworks/vnet/subnets/aks";
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { SubnetId = Subnet });
        var resources = new ResourceStore(cluster.World);
        resources.Put(Group, new JsonObject { ["properties"] = new JsonObject() });
        resources.Put(
            Subnet,
            new JsonObject { ["properties"] = new JsonObject { ["networkSecurityGroup"] = new JsonObject { ["id"] = Group } } }
        );
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await TriesAsync(address, 9000), TestCluster.Token); // the port is held
        using var client = new TcpClient();

        var connecting = client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token).AsTask();
        Assert.False(await EndsSoonAsync(connecting));
        resources.Put(
            $"{Group}/securityRules/tcp",
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["priority"] = 300,
                    ["direction"] = "Inbound",
                    ["access"] = "Allow",
                    ["protocol"] = "Tcp",
                    ["sourceAddressPrefix"] = "*",
                    ["sourcePortRange"] = "*",
                    ["destinationAddressPrefix"] = "*",
                    ["destinationPortRange"] = "9000",
                },
            }
        );

        await connecting;
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    /// <summary>True when a connection attempt neither succeeds nor fails for a while.</summary>
    private static async Task<bool> TriesAsync(string address, int port)
    {
        using var client = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestCluster.Token);
        patience.CancelAfter(TimeSpan.FromMilliseconds(200));
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
            return false;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private static async Task<bool> EndsSoonAsync(Task connecting) =>
        await Task.WhenAny(connecting, Task.Delay(TimeSpan.FromMilliseconds(300), TestCluster.Token)) == connecting;
}
