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
    private const string Network = "/subscriptions/0/resourceGroups/tcp/providers/Microsoft.Network";
    private const string Group = $"{Network}/networkSecurityGroups/nsg";
    private const string Subnet = $"{Network}/virtualNetworks/vnet/subnets/aks";

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
        await using var cluster = await GuardedAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await TriesAsync(address, 9000), TestCluster.Token); // the port is held
        using var client = new TcpClient();

        var connecting = client.ConnectAsync(IPAddress.Parse(address), 9000, TestCluster.Token).AsTask();
        Assert.False(await EndsSoonAsync(connecting));
        Rule(cluster, "tcp", 300, "Allow", "*", "9000");

        await connecting;
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    [Fact]
    public async Task A_port_is_silent_while_the_security_group_denies_probes_of_the_port_that_azure_probes()
    {
        await using var cluster = await GuardedAsync();
        Rule(cluster, "tcp", 300, "Allow", "Internet", "9000");
        await WalkThrough.AllAsync(cluster);
        await SourceTests.PatchAsync(cluster, """{"spec":{"externalTrafficPolicy":"Local"}}""");
        var address = await cluster.GatewayAddressAsync();
        await AnswersAsync(true);
        var service = await cluster.ExpectAsync(
            200,
            HttpMethod.Get,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}"
        );
        var healthCheck = $"{service["spec"]!["healthCheckNodePort"]}";
        var nodePort = service["spec"]!["ports"]!.AsArray().Single(port => $"{port!["port"]}" == "9000")!["nodePort"]!.ToString();

        Rule(cluster, "probes", 200, "Deny", "AzureLoadBalancer", healthCheck);
        await AnswersAsync(false);
        Rule(cluster, "probes", 200, "Deny", "AzureLoadBalancer", nodePort);
        await AnswersAsync(true);
        await SourceTests.PatchAsync(cluster, Annotations(port: "9000", noProbe: null));
        await AnswersAsync(false);
        await SourceTests.PatchAsync(cluster, Annotations(port: healthCheck, noProbe: null));
        await AnswersAsync(true);
        Rule(cluster, "probes", 200, "Deny", "AzureLoadBalancer", "*");
        await AnswersAsync(false);
        await SourceTests.PatchAsync(cluster, Annotations(port: null, noProbe: "true"));
        await AnswersAsync(true);

        Task AnswersAsync(bool expected) =>
            Wait.UntilAsync(
                async () => await Dial.AnswersAsync(address, 9000, "127.0.0.1", TestCluster.Token) == expected,
                TestCluster.Token
            );

        static string Annotations(string? port, string? noProbe) =>
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject
                    {
                        ["service.beta.kubernetes.io/port_9000_health-probe_port"] = port,
                        ["service.beta.kubernetes.io/port_9000_no_probe_rule"] = noProbe,
                    },
                },
            }.ToJsonString();
    }

    /// <summary>A cluster whose nodes are behind a security group without rules.</summary>
    private static async Task<TestCluster> GuardedAsync()
    {
        var cluster = await TestCluster.StartAsync(TestCluster.Shape with { SubnetId = Subnet });
        var resources = new ResourceStore(cluster.World);
        resources.Put(Group, new JsonObject { ["properties"] = new JsonObject() });
        resources.Put(
            Subnet,
            new JsonObject { ["properties"] = new JsonObject { ["networkSecurityGroup"] = new JsonObject { ["id"] = Group } } }
        );
        return cluster;
    }

    private static void Rule(TestCluster cluster, string name, int priority, string access, string source, string port) =>
        new ResourceStore(cluster.World).Put(
            $"{Group}/securityRules/{name}",
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["priority"] = priority,
                    ["direction"] = "Inbound",
                    ["access"] = access,
                    ["protocol"] = "Tcp",
                    ["sourceAddressPrefix"] = source,
                    ["sourcePortRange"] = "*",
                    ["destinationAddressPrefix"] = "*",
                    ["destinationPortRange"] = port,
                },
            }
        );

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
