using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;
using static MeshPort.EndToEnd.Tests.Stories.OwnAddresses;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Addresses that the spec gives to gateways, with the resources of Azure behind them.</summary>
public sealed class GatewayAddressStories
{
    private const string PipGroup = "service.beta.kubernetes.io/azure-load-balancer-resource-group";
    private const string Echoes = "hello jose";
    private static readonly string OwnIp = StoryHost.NetworkId("publicIPAddresses/istiotest-external");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_live_gateway_moves_to_an_address_of_its_own_and_back()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var first = await host.AddressAsync("echo", Token);
        var spec = With("managedService", """{"external":{"dnsLabel":"edge"}}""");

        var plan = await PlanAsync(host, spec);
        Assert.Contains(plan, line => line.StartsWith($"create {OwnIp}", StringComparison.Ordinal));
        Assert.Contains(
            plan,
            line =>
                line.StartsWith("update Service", StringComparison.Ordinal) && line.Contains("ports are closed", StringComparison.Ordinal)
        );
        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);

        var address = await host.AddressAsync("echo", Token);
        Assert.NotEqual(first, address);
        Assert.Equal(address, await IpAsync(host, OwnIp));
        Assert.Equal("edge.eastus2.cloudapp.azure.com", await HostnameAsync(host, StoryHost.Exposure("echo")));
        Assert.Equal("edge.eastus2.cloudapp.azure.com", await HostnameAsync(host, MeshPortHost.Cluster));
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9000, Token));
        await StoryHost.UntilDialledAsync(first, 9000, Dialing.Refused, Token);
        await IsIdleAsync(host);

        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService", """{"external":{"dnsLabel":"shore"}}""")), Token);
        Assert.Equal("shore.eastus2.cloudapp.azure.com", await HostnameAsync(host, StoryHost.Exposure("echo")));
        Assert.Equal(address, await host.AddressAsync("echo", Token));

        await host.SucceedAsync(await host.PutClusterAsync(Token, StoryHost.ClusterSpec()), Token);
        var last = await host.AddressAsync("echo", Token);
        Assert.NotEqual(address, last);
        Assert.Equal(Echoes, await Dialing.AskAsync(last, 9000, Token));
        Assert.Null(await HostnameAsync(host, StoryHost.Exposure("echo")));
        await Wait.UntilAsync(
            "the public IP address is deleted",
            Walkthrough.Within,
            async () => await host.FindAzureAsync(OwnIp, Token) is null,
            Token
        );
        Assert.DoesNotContain(PipName, (await ServiceAsync(host)).Annotations().Keys);
    }

    [Fact]
    public async Task An_annotation_that_somebody_removes_comes_back_and_the_history_tells_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("managedService", """{"external":{}}"""));
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync("echo", Token);
        using var kubernetes = host.Kubernetes();
        await PatchAnnotationAsync(kubernetes, "null");

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);

        Assert.Equal("istiotest-external", (await ServiceAsync(host)).GetAnnotation(PipName));
        Assert.Equal(address, await host.AddressAsync("echo", Token));
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9000, Token));
        Assert.Contains(
            (await host.StatusAsync(MeshPortHost.Cluster, Token)).GetProperty("history").EnumerateArray(),
            entry =>
                entry.GetProperty("type").GetString() == "Repaired"
                && entry.GetProperty("target").GetString()?.Contains(StoryHost.External, StringComparison.Ordinal) == true
        );
        await IsIdleAsync(host);
    }

    [Theory]
    [InlineData("managedService", "companionService")]
    [InlineData("companionService", "managedService")]
    public async Task An_address_stays_when_the_strategy_changes(string before, string after)
    {
        const string Addresses = """{"external":{}}""";
        await using var host = await StoryHost.StartReadyAsync(Token, With(before, Addresses));
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync("echo", Token);
        Assert.Equal(address, await IpAsync(host, OwnIp));

        await host.SucceedAsync(await host.PutClusterAsync(Token, With(after, Addresses)), Token);

        await UntilAtAsync(host, "echo", ip => ip == address);
        await StoryHost.UntilDialledAsync(address, 9000, Echoes, Token);
        await IsIdleAsync(host);
    }

    [Fact]
    public async Task Companion_services_share_the_address_and_keep_their_sources()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, With("companionService", """{"external":{"dnsLabel":"edge"}}"""));
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9000), Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("narrow", MeshPortHost.Echo("narrow", 9001).AllowedFrom("127.30.0.0/16", "127.0.0.0/24"), Token),
            Token
        );

        var address = await host.AddressAsync("open", Token);

        Assert.Equal(address, await host.AddressAsync("narrow", Token));
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9000, Token, "127.40.1.2"));
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9001, Token, "127.30.1.2"));
        Assert.Equal(Dialing.Silent, await Dialing.AskAsync(address, 9001, Token, "127.40.1.2"));
        Assert.Equal("edge.eastus2.cloudapp.azure.com", await HostnameAsync(host, StoryHost.Exposure("narrow")));
        await IsIdleAsync(host);

        await host.SucceedAsync(await host.PutExposureAsync("stays", MeshPortHost.Echo("stays", 9002), Token), Token);
        await host.SucceedAsync(
            await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9000).AllowedFrom("127.30.0.0/16", "127.0.0.0/24"), Token),
            Token
        );
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9000, Token, "127.30.1.2"));
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9002, Token, "127.40.1.2"));
        Assert.DoesNotContain(
            (await host.StatusAsync(StoryHost.Exposure("open"), Token)).GetProperty("history").EnumerateArray(),
            entry => entry.GetProperty("reason").GetString() is Reasons.LoadBalancerFailed or Reasons.AddressConflict
        );
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9000), Token), Token);
        await IsIdleAsync(host);

        var moves = await MovesAsync();
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("companionService", "{}")), Token);
        await UntilAtAsync(host, "open", ip => ip != address);
        await UntilAtAsync(host, "narrow", ip => ip != address);
        Assert.True(await MovesAsync() > moves);
        Assert.NotEqual(await host.AddressAsync("open", Token), await host.AddressAsync("narrow", Token));
        Assert.Null(await HostnameAsync(host, StoryHost.Exposure("open")));
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await Wait.UntilAsync(
            "the public IP address is deleted",
            Walkthrough.Within,
            async () => await host.FindAzureAsync(OwnIp, Token) is null,
            Token
        );
        await IsIdleAsync(host);

        async Task<int> MovesAsync() =>
            (await host.StatusAsync(StoryHost.Exposure("open"), Token))
                .GetProperty("history")
                .EnumerateArray()
                .Count(entry =>
                    entry.GetProperty("type").GetString() == ConditionTypes.PortOpen
                    && entry.GetProperty("reason").GetString() == Reasons.AddressPending
                );
    }

    [Fact]
    public async Task An_address_from_a_prefix_is_kept_when_the_cluster_goes_if_others_made_it()
    {
        await using var host = await StoryHost.StartAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        var group = $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/resourceGroups/edge";
        var (prefix, theirs) = (
            StoryHost.NetworkId("publicIPPrefixes/range", "edge"),
            StoryHost.NetworkId("publicIPAddresses/theirs", "edge")
        );
        await azure.PutAsync(group, Parse("""{"location":"eastus2"}"""));
        await azure.PutAsync(prefix, Parse("""{"location":"eastus2","sku":{"name":"Standard"},"properties":{"prefixLength":31}}"""));
        await azure.PutAsync(
            theirs,
            Parse(
                """{"location":"eastus2","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static","""
                    + $"\"publicIPPrefix\":{{\"id\":\"{prefix}\"}}}}}}"
            )
        );

        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService", External("theirs", prefix))), Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync("echo", Token);
        Assert.Equal(address, await IpAsync(host, theirs));
        Assert.Single(await RolesAsync(azure, group));

        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService", External("ours", prefix))), Token);
        var ours = StoryHost.NetworkId("publicIPAddresses/ours", "edge");
        Assert.Equal(await host.AddressAsync("echo", Token), await IpAsync(host, ours));
        Assert.NotNull(await host.FindAzureAsync(theirs, Token));

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);
        Assert.Null(await host.FindAzureAsync(ours, Token));
        Assert.NotNull(await host.FindAzureAsync(theirs, Token));
        Assert.NotNull(await host.FindAzureAsync(prefix, Token));
        Assert.Empty(await RolesAsync(azure, group));
    }

    [Fact, FailureRow(Reasons.AddressConflict)]
    public async Task A_public_ip_address_that_cannot_be_used_leaves_the_gateway_where_it_is()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        var address = await host.AddressAsync("echo", Token);
        await PutAddressAsync(azure, "far", "westus");
        await PutAddressAsync(azure, "near", "eastus2");

        await ConflictsAsync("""{"external":{"resourceGroup":"nowhere"} }""", "Resource group nowhere does not exist");
        await ConflictsAsync("""{"external":{"publicIp":"far"} }""", "is in westus, not in eastus2");
        await ConflictsAsync("""{"external":{"publicIp":"near","dnsLabel":"edge"} }""", "az network public-ip update --ids");
        await ConflictsAsync("""{"external":{},"internal":{"subnet":"absent"} }""", "Subnet absent does not exist");
        Assert.Equal(address, await host.AddressAsync("echo", Token));
        Assert.Equal(Echoes, await Dialing.AskAsync(address, 9000, Token));
        Assert.Equal(("True", Reasons.AsDesired), await host.ConditionAsync(StoryHost.Exposure("echo"), "Ready", Token));

        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService", """{"external":{"publicIp":"near"} }""")), Token);
        var near = StoryHost.NetworkId("publicIPAddresses/near");
        Assert.Equal(await IpAsync(host, near), await host.AddressAsync("echo", Token));
        Assert.DoesNotContain(
            await PlanAsync(host, With("managedService", """{"external":{"publicIp":"far"} }""")),
            line => line.StartsWith("update Service", StringComparison.Ordinal)
        );

        async Task ConflictsAsync(string addresses, string message)
        {
            var spec = With("managedService", addresses);
            if (addresses.Contains("internal", StringComparison.Ordinal))
            {
                spec["mesh"] = Parse("""{"gateways":["external","internal"]}""");
            }

            Assert.Contains(await PlanAsync(host, spec), line => line.Contains(message, StringComparison.Ordinal));
            await host.FailAsync(await host.PutClusterAsync(Token, spec), Token);
            Assert.Equal(("False", Reasons.AddressConflict), await host.ConditionAsync(MeshPortHost.Cluster, "GatewayReady", Token));
            Assert.Contains(message, await host.MessageAsync(MeshPortHost.Cluster, "GatewayReady", Token), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_annotation_that_others_have_set_is_refused_until_they_remove_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        using var kubernetes = host.Kubernetes();
        await PutAddressAsync(azure, "mine", "eastus2");
        await PatchAnnotationAsync(kubernetes, "\"theirs\"");

        await host.FailAsync(await host.PutClusterAsync(Token, With("managedService", """{"external":{"publicIp":"mine"} }""")), Token);

        Assert.Equal(("False", Reasons.AddressConflict), await host.ConditionAsync(MeshPortHost.Cluster, "GatewayReady", Token));
        Assert.Contains("is theirs", await host.MessageAsync(MeshPortHost.Cluster, "GatewayReady", Token), StringComparison.Ordinal);
        await PatchAnnotationAsync(kubernetes, "null");
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal("mine", (await ServiceAsync(host)).GetAnnotation(PipName));
    }

    [Fact]
    public async Task An_address_that_the_owner_names_too_stays_when_the_spec_no_longer_has_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        using var kubernetes = host.Kubernetes();
        await PutAddressAsync(azure, "mine", "eastus2");
        var mine = StoryHost.NetworkId("publicIPAddresses/mine");
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService", """{"external":{"publicIp":"mine"} }""")), Token);
        var annotations = (await ServiceAsync(host)).Annotations();
        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(
                new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "Service",
                    ["metadata"] = new JsonObject
                    {
                        ["annotations"] = new JsonObject { [PipName] = "mine", [PipGroup] = annotations[PipGroup] },
                    },
                }.ToJsonString(),
                V1Patch.PatchType.ApplyPatch
            ),
            StoryHost.External,
            StoryHost.Ingress,
            fieldManager: "owner",
            cancellationToken: Token
        );

        await host.SucceedAsync(await host.PutClusterAsync(Token, StoryHost.ClusterSpec()), Token);

        Assert.Equal(("True", Reasons.AsDesired), await host.ConditionAsync(MeshPortHost.Cluster, "GatewayReady", Token));
        Assert.Equal("mine", (await ServiceAsync(host)).GetAnnotation(PipName));
        Assert.Equal(await IpAsync(host, mine), await host.AddressAsync(Token));
    }

    [Fact]
    public async Task A_missing_right_is_reported_with_the_role_until_it_is_assigned()
    {
        await using var room = await FailureRoom.StartAsync();
        room.Break(FaultLayer.Arm, FaultKind.Refused, "PUT roleAssignments");
        var spec = FailureRoom.ClusterWith("gatewayAddresses", Parse("""{"external":{} }"""));
        spec.Remove("network");
        spec["networkPlugin"] = "azure-overlay";

        await room.AskClusterAsync(spec);
        await room.AskExposureAsync();
        await room.SeesAsync(
            ConditionTypes.GatewayReady,
            ConditionStatus.Unknown,
            Reasons.LoadBalancerFailed,
            "give it Network Contributor on its resource group"
        );

        room.Mend();
        await room.HealsAsync(ConditionTypes.GatewayReady);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answered, "");
    }

    [Fact]
    public async Task An_internal_gateway_gets_its_address_in_its_subnet()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, WithInternal(null));
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        var network = Assert.IsType<JsonObject>(StoryHost.ClusterSpec()["network"]);
        var subnet = StoryHost.NetworkId($"virtualNetworks/{network["vnet"]}/subnets/gateways");
        await azure.PutAsync(subnet, Parse("""{"properties":{"addressPrefix":"10.13.77.0/24"} }"""));
        var exposure = MeshPortHost.Echo("echo", 9000);
        exposure["gateway"] = "internal";
        await host.SucceedAsync(await host.PutExposureAsync("echo", exposure, Token), Token);
        var first = await host.AddressAsync("echo", Token);
        var wanted = $"{first[..first.LastIndexOf('.')]}.200";

        await host.SucceedAsync(
            await host.PutClusterAsync(Token, WithInternal($$"""{"internal":{"ipv4":"{{wanted}}","subnet":"gateways"} }""")),
            Token
        );

        Assert.Equal(wanted, await host.AddressAsync("echo", Token));
        Assert.Equal(("True", Reasons.AsDesired), await host.ConditionAsync(StoryHost.Exposure("echo"), "PortOpen", Token));
        Assert.Single(await RolesAsync(azure, subnet));
        await IsIdleAsync(host);

        static JsonObject WithInternal(string? addresses)
        {
            var spec = addresses is null ? StoryHost.ClusterSpec() : With("managedService", addresses);
            spec["mesh"] = Parse("""{"gateways":["external","internal"]}""");
            return spec;
        }
    }

    [Fact]
    public async Task Gateways_of_the_gateway_api_get_the_address_but_cannot_share_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token, OnNewIstio(With("gatewayApi", "{}")));
        await host.SucceedAsync(await host.PutExposureAsync("open", MeshPortHost.Echo("open", 9000), Token), Token);
        var first = await host.AddressAsync("open", Token);

        await host.SucceedAsync(await host.PutClusterAsync(Token, OnNewIstio(With("gatewayApi", """{"external":{} }"""))), Token);
        await UntilAtAsync(host, "open", ip => ip != first);
        var address = await host.AddressAsync("open", Token);
        Assert.Equal(address, await IpAsync(host, OwnIp));
        Assert.NotEqual(first, address);
        await StoryHost.UntilDialledAsync(address, 9000, Echoes, Token);

        await host.FailAsync(
            await host.PutExposureAsync("narrow", MeshPortHost.Echo("narrow", 9001).AllowedFrom("127.30.0.0/16"), Token),
            Token
        );
        Assert.Equal(("False", Reasons.AddressConflict), await host.ConditionAsync(StoryHost.Exposure("narrow"), "PortOpen", Token));

        await host.SucceedAsync(await host.PutClusterAsync(Token, OnNewIstio(With("gatewayApi", "{}"))), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("narrow"), "Ready", "True", "AsDesired", Token);
        await UntilAtAsync(host, "open", ip => ip != address);
        Assert.Empty((await host.StatusAsync(MeshPortHost.Cluster, Token)).GetProperty("addresses").EnumerateArray());

        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        const int StatusPorts = 2; // of the Services of two Gateways
        Assert.Equal(StatusPorts, (await host.Clusters.GetAsync(MeshPortHost.Id, Token))?.Status.OtherRules);
    }

    [Fact]
    public async Task A_cluster_of_others_gets_its_own_address_back_when_MeshPort_forgets_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        await azure.ChangeAsync(OtherAzureUser.Cluster, found => found.Remove("tags"));
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("managedService", """{"external":{} }""")), Token);
        Assert.NotNull(await host.FindAzureAsync(OwnIp, Token));

        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);

        Assert.Null(await host.FindAzureAsync(OwnIp, Token));
        Assert.NotNull(await host.FindAzureAsync(OtherAzureUser.Cluster, Token));
        Assert.DoesNotContain(PipName, ((await ServiceAsync(host)).Annotations() ?? new Dictionary<string, string>()).Keys);
    }
}
