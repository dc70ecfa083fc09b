using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Proof;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Clusters with <c>ipFamilies: [IPv4, IPv6]</c>.</summary>
public sealed class DualStackStories
{
    private const string Echoes = "hello jose";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_is_served_and_proven_over_both_families()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This system has no IPv6 sockets.");
        await using var host = await StoryHost.StartReadyAsync(Token, ClusterSpec());
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);

        var (ipv4, ipv6) = await AddressesAsync(host, "echo");
        Assert.Equal(Echoes, await Dialing.AskAsync(ipv4, 9000, Token));
        Assert.Equal(Echoes, await Dialing.AskAsync(ipv6, 9000, Token));
        Assert.Contains($"[{ipv6}]:9000", await ReachableAsync(host), StringComparison.Ordinal);
        Assert.Contains(
            $"[{ipv6}]:9000",
            await host.MessageAsync(StoryHost.Exposure("echo"), "NetworkOpen", Token),
            StringComparison.Ordinal
        );

        host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.DataPlane,
                Kind = FaultKind.Reset,
                Target = ipv6,
            }
        );
        await host.ReconcileAsync(Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "Ready", "False", "ConnectionReset", Token);
        Assert.Equal(Echoes, await Dialing.AskAsync(ipv4, 9000, Token));
        Assert.StartsWith("Over IPv6: ", await ReachableAsync(host), StringComparison.Ordinal);
        Assert.Contains("IPv4 works.", await ReachableAsync(host), StringComparison.Ordinal);

        host.Sandbox.World.Faults.Clear();
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "Ready", "True", "AsDesired", Token);
    }

    [Fact]
    public async Task Sources_are_allowed_by_family()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This system has no IPv6 sockets.");
        await using var host = await StoryHost.StartReadyAsync(Token, ClusterSpec());
        var both = MeshPortHost.Echo("both", 9000).AllowedFrom("127.30.0.0/16", "127.0.0.0/24", "::ffff:127.0.0.0/120");
        await host.SucceedAsync(await host.PutExposureAsync("both", both, Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("narrow", MeshPortHost.Echo("narrow", 9001).AllowedFrom("127.0.0.0/24"), Token),
            Token
        );

        var (ipv4, ipv6) = await AddressesAsync(host, "both");
        Assert.Equal(Echoes, await Dialing.AskAsync(ipv4, 9000, Token, "127.30.1.2"));
        Assert.Equal(Echoes, await Dialing.AskAsync(ipv6, 9000, Token));
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(ipv6, 9000, Token, "127.30.1.2"));
        var narrow = await host.StatusAsync(StoryHost.Exposure("narrow"), Token);
        Assert.Equal("IPv4", Assert.Single(narrow.GetProperty("addresses").EnumerateArray()).GetProperty("family").GetString());
        Assert.Contains(
            "It has no IPv6 address",
            await host.MessageAsync(StoryHost.Exposure("narrow"), "PortOpen", Token),
            StringComparison.Ordinal
        );
    }

    [Fact, FailureRow(Reasons.IpFamilyMissing)]
    public async Task A_cluster_of_one_family_keeps_its_ports_and_says_what_is_missing()
    {
        var spec = StoryHost.ClusterSpec();
        spec.Remove("network");
        (spec["networkPlugin"], spec["strategy"]) = ("azure-overlay", "companionService");
        await using var host = await StoryHost.StartReadyAsync(Token, spec);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);

        spec["ipFamilies"] = new JsonArray("IPv4", "IPv6");
        await host.PutClusterAsync(Token, spec);

        await host.UntilConditionAsync(StoryHost.Exposure("echo"), ConditionTypes.PortOpen, "False", Reasons.IpFamilyMissing, Token);
        await host.UntilConditionAsync(MeshPortHost.Cluster, ConditionTypes.ClusterReady, "False", Reasons.ClusterDiffers, Token);
        Assert.Equal(Echoes, await Dialing.AskAsync(await host.AddressAsync("echo", Token), 9000, Token));
    }

    /// <summary>Linux has no route for TCP to a multicast address, as to any address of IPv6 in a network without IPv6.</summary>
    [Fact, FailureRow(Reasons.IpFamilyNotProven)]
    public async Task An_IPv6_address_without_a_way_to_it_leaves_the_proof_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux refuses this address at once.");

        var probed = await TcpProbe.RunAsync("ff0e::1", 9000, null, new ProbeSpec(), OpenTime.Brief, TimeProvider.System, Token);

        Assert.Equal((ConditionStatus.Unknown, Reasons.IpFamilyNotProven), (probed?.Status, probed?.Reason));
    }

    private static Task<string> ReachableAsync(MeshPortHost host) => host.MessageAsync(StoryHost.Exposure("echo"), "Reachable", Token);

    private static async Task<(string Ipv4, string Ipv6)> AddressesAsync(MeshPortHost host, string exposure)
    {
        var addresses = (await host.StatusAsync(StoryHost.Exposure(exposure), Token))
            .GetProperty("addresses")
            .EnumerateArray()
            .ToDictionary(one => $"{one.GetProperty("family")}", one => $"{one.GetProperty("ip")}");
        Assert.Equal(["IPv4", "IPv6"], addresses.Keys);
        return (addresses["IPv4"], addresses["IPv6"]);
    }

    private static JsonObject ClusterSpec()
    {
        var spec = StoryHost.ClusterSpec();
        spec["networkPlugin"] = "azure-overlay";
        spec["strategy"] = "companionService";
        spec["ipFamilies"] = new JsonArray("IPv4", "IPv6");
        var network = Assert.IsType<JsonObject>(spec["network"]);
        network["ipv6AddressPrefix"] = "fd00:1300::/48";
        network["ipv6SubnetPrefix"] = "fd00:1300:0:1::/64";
        network["networkSecurityGroup"] = "nodes";
        return spec;
    }
}
