using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Firewall;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Failures behind an open port: the security group, the gateway and the backend.</summary>
public sealed class NetworkFailureTests
{
    private static readonly string Guard = OtherAzureUser.Network("networkSecurityGroups", "guard");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow(Reasons.FirewallConflict)]
    public async Task A_rule_of_others_that_denies_the_port_is_reported_until_it_is_gone()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded());

        await room.Azure.PutAsync($"{Guard}/securityRules/nobody", Rule(100, "Deny", "*", "9000"));
        await room.SeesAsync(ConditionTypes.NetworkOpen, ConditionStatus.False, Reasons.FirewallConflict, "change that rule");

        await room.Azure.DeleteAsync($"{Guard}/securityRules/nobody");
        await room.HealsAsync(ConditionTypes.NetworkOpen);
    }

    [Theory, FailureRow(Reasons.FirewallConflict)]
    [InlineData("*", "*")]
    [InlineData("VirtualNetwork", "30000-32767")]
    public async Task A_rule_of_others_that_denies_health_probes_is_reported_until_they_are_allowed(string source, string ports)
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded(), Quick());

        await room.Azure.PutAsync($"{Guard}/securityRules/deny-all", Rule(4096, "Deny", source, ports));
        await room.SeesAsync(ConditionTypes.NetworkOpen, ConditionStatus.False, Reasons.FirewallConflict, "health probes");

        await room.Azure.PutAsync($"{Guard}/securityRules/probes", Rule(4095, "Allow", "AzureLoadBalancer", "*"));
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact, FailureRow(Reasons.FirewallFull)]
    public async Task A_full_security_group_is_reported_until_it_has_room()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.Azure.PutAsync(OtherAzureUser.Group, new JsonObject { ["location"] = "eastus2" });
        var rules = new JsonArray([
            .. Enumerable.Range(0, 1000).Select(number => Named($"rule{number}", Rule(1000 + number, "Allow", "10.0.0.0/8", "22"))),
        ]);
        await room.Azure.PutAsync(
            Guard,
            new JsonObject
            {
                ["location"] = "eastus2",
                ["properties"] = new JsonObject { ["securityRules"] = rules },
            }
        );

        await room.AskClusterAsync(FailureRoom.Guarded());
        await room.AskExposureAsync(Narrow(9000));
        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.False, Reasons.FirewallFull, "remove rules or priorities");
        using var cluster = room.Host.Kubernetes();
        var service = await cluster.ReadAddOnServiceAsync(Token);
        Assert.DoesNotContain(service.Spec.Ports, port => port.Port == 9000); // nothing would keep others out

        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.NetworkOpen, ConditionStatus.False, Reasons.FirewallFull, "remove rules or priorities");

        await room.Azure.DeleteAsync($"{Guard}/securityRules/rule7");
        await room.HealsAsync(ConditionTypes.NetworkOpen);
    }

    [Fact, FailureRow(Reasons.ConnectionTimedOut)]
    public async Task A_firewall_that_drops_packets_is_reported_until_it_allows_them()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded(), Quick());

        // A rule that denies only some of the allowed sources is not a conflict.
        await room.Azure.PutAsync($"{Guard}/securityRules/notthem", Rule(100, "Deny", "127.0.0.0/8", "9000"));
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.ConnectionTimedOut, "check the security groups");

        await room.Azure.DeleteAsync($"{Guard}/securityRules/notthem");
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);

        var narrow = Quick();
        narrow["allowedSources"] = new JsonArray("127.0.0.0/8", "203.0.113.0/24");
        await room.Host.SucceedAsync(await room.Host.PutExposureAsync("echo", narrow, Token), Token);
        await room.Azure.PutAsync($"{Guard}/securityRules/notthem", Rule(100, "Deny", "127.0.0.0/8", "9000"));
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.ConnectionTimedOut, "has answered MeshPort");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.False, Reasons.ConnectionTimedOut, "has answered MeshPort");

        await room.Azure.DeleteAsync($"{Guard}/securityRules/notthem");
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact, FailureRow(Reasons.AccessDenied)]
    public async Task A_port_that_does_not_close_stays_closed_to_others()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded(), Narrow(9000));
        // A copied world has another address, so its rules are about that of the original until a pass has replaced them.
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token);
        await SeesRulesAsync(room, "Allow 9000", "Deny 9000");

        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "PATCH services");
        await room.Host.FailAsync(await room.Host.PutExposureAsync("echo", Narrow(9001), Token), Token);
        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.False, Reasons.AccessDenied, "Give MeshPort's identity the role");
        await SeesRulesAsync(room, "Allow 9001", "Deny 9000-9001");
        await room.Host.FailAsync(await room.Host.DeleteAsync(FailureRoom.ExposurePath, Token), Token);
        await room.SeesAsync(ConditionTypes.PortOpen, ConditionStatus.False, Reasons.AccessDenied, "Give MeshPort's identity the role");
        await SeesRulesAsync(room, "Deny 9000-9001");

        room.Mend();
        await room.ForgetsAsync(FailureRoom.ExposurePath);
        await SeesRulesAsync(room);
    }

    [Fact, FailureRow(Reasons.PortTaken)]
    public async Task A_port_of_others_is_never_denied()
    {
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded(), Narrow(9000));
        await room.Host.SucceedAsync(await room.Host.ReconcileAsync(Token), Token); // as above
        using var cluster = room.Host.Kubernetes();
        var service = await cluster.ReadAddOnServiceAsync(Token);
        service.Spec.Ports.Add(
            new V1ServicePort
            {
                Name = "theirs",
                Port = 9100,
                Protocol = "TCP",
                TargetPort = 9100,
            }
        );
        await cluster.CoreV1.ReplaceNamespacedServiceAsync(service, service.Name(), service.Namespace(), cancellationToken: Token);
        var late = MeshPortHost.Echo("late", 9100).AllowedFrom("127.0.0.0/8");
        await room.Host.FailAsync(await room.Host.PutExposureAsync("late", late, Token), Token);
        Assert.Equal(("False", Reasons.PortTaken), await room.Host.ConditionAsync(StoryHost.Exposure("late"), "PortOpen", Token));
        var writes = room.Host.Sandbox.Traffic.ArmWrites;

        foreach (var _ in new[] { 1, 2 })
        {
            await room.Host.Client.EndAsync(await room.Host.ReconcileAsync(Token), Walkthrough.Within, Token);
        }

        Assert.Equal(writes, room.Host.Sandbox.Traffic.ArmWrites);
        await SeesRulesAsync(room, "Allow 9000", "Deny 9000");
    }

    private static JsonObject Narrow(int port)
    {
        var spec = Quick();
        spec["port"] = port;
        spec["allowedSources"] = new JsonArray("127.0.0.0/8");
        return spec;
    }

    /// <summary>Waits until the security group has these rules, each with its access and ports.</summary>
    private static Task SeesRulesAsync(FailureRoom room, params string[] rules) =>
        Wait.UntilAsync(
            $"the rules are {string.Join(", ", rules)}",
            Walkthrough.Within,
            async () =>
                ((await room.Azure.GetAsync(Guard))["properties"]?["securityRules"] as JsonArray ?? [])
                    .OfType<JsonObject>()
                    .Select(rule => $"{rule["properties"]?["access"]} {string.Join(',', SecurityRule.Ports(rule))}")
                    .Order(StringComparer.Ordinal)
                    .SequenceEqual(rules),
            Token
        );

    [Fact, FailureRow(Reasons.ConnectionRefused), FailureRow(Reasons.NoReadyGateway)]
    public async Task Missing_gateway_pods_are_reported_until_they_are_back()
    {
        await using var room = await FailureRoom.ReadyAsync(exposure: Quick());
        using var cluster = room.Host.Kubernetes();
        var gateway = (await cluster.AppsV1.ListNamespacedDeploymentAsync("aks-istio-ingress", cancellationToken: Token)).Items.Single(
            deployment => deployment.Name().Contains("external", StringComparison.Ordinal)
        );

        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "LIST *endpointslices"); // MeshPort does not see which pods are ready
        await ScaleAsync(0);
        await room.SeesAsync(
            ConditionTypes.Reachable,
            ConditionStatus.False,
            Reasons.ConnectionRefused,
            "check the gateway's Service and its pods"
        );
        room.Mend();
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.NoReadyGateway, "Check the pods of namespace");

        await ScaleAsync(2);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);

        Task ScaleAsync(int replicas) =>
            cluster.AppsV1.PatchNamespacedDeploymentScaleAsync(
                new V1Patch($$$"""{"spec":{"replicas":{{{replicas}}}}}""", V1Patch.PatchType.MergePatch),
                gateway.Name(),
                gateway.Namespace(),
                cancellationToken: Token
            );
    }

    [Fact, FailureRow(Reasons.NoReadyEndpoints)]
    public async Task A_backend_without_pods_is_reported_until_it_has_pods()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);

        await room.AskExposureAsync(FailureRoom.Of("theirs"));
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.NoReadyEndpoints, "check the backend's pods");

        await ForeignService.PodsAsync(cluster, Token);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Connected);
    }

    [Fact, FailureRow(Reasons.ConnectionReset)]
    public async Task One_of_two_backends_on_whose_port_nobody_listens_is_reported_until_it_does()
    {
        await using var room = await FailureRoom.ReadyAsync(exposure: Quick());
        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        await ForeignService.PodsAsync(cluster, Token);
        await TargetAsync(9999);
        var both = Quick();
        both["backends"] = new JsonArray(
            new JsonObject
            {
                ["service"] = "echo",
                ["port"] = 9000,
                ["weight"] = 50,
            },
            new JsonObject
            {
                ["service"] = "theirs",
                ["port"] = 9000,
                ["weight"] = 50,
            }
        );

        await room.AskExposureAsync(both);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.ConnectionReset, "check the backend's pods");

        await TargetAsync(9000);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);

        async Task TargetAsync(int port)
        {
            var service = await cluster.CoreV1.ReadNamespacedServiceAsync("theirs", "default", cancellationToken: Token);
            service.Spec.Ports[0].TargetPort = port;
            await cluster.CoreV1.ReplaceNamespacedServiceAsync(service, "theirs", "default", cancellationToken: Token);
        }
    }

    [Fact, FailureRow(Reasons.WrongAnswer)]
    public async Task A_wrong_answer_is_reported_until_the_probe_is_corrected()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        var other = FailureRoom.Echo();
        other["probe"] = new JsonObject
        {
            ["send"] = "jose\n",
            ["expect"] = "goodbye",
            ["timeout"] = "PT1S",
        };

        await room.AskExposureAsync(other);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.WrongAnswer, "correct the probe");

        await room.AskExposureAsync();
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact, FailureRow(Reasons.TlsFailed)]
    public async Task A_backend_without_TLS_is_reported_until_the_protocol_is_corrected()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        var tls = Quick();
        (tls["protocol"], tls["sniHosts"]) = ("TLS", new JsonArray("one.example.com"));

        await room.AskExposureAsync(tls);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.TlsFailed, "correct sniHosts");

        await room.AskExposureAsync();
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Answered);
    }

    [Fact, FailureRow(Reasons.NotReachableFromHere)]
    public async Task An_internal_port_is_not_reported_as_reachable()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync(FailureRoom.ClusterWith("mesh", new JsonObject { ["gateways"] = new JsonArray("internal") }));
        var inside = FailureRoom.Echo();
        inside["gateway"] = "internal";

        await room.AskExposureAsync(inside);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.Unknown, Reasons.NotReachableFromHere, "check it from inside");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
    }

    /// <summary>A short probe.</summary>
    private static JsonObject Quick()
    {
        var spec = FailureRoom.Echo();
        spec["probe"] = new JsonObject
        {
            ["send"] = "jose\n",
            ["expect"] = "hello jose",
            ["timeout"] = "PT1S",
        };
        return spec;
    }

    private static JsonObject Named(string name, JsonObject rule)
    {
        rule["name"] = name;
        return rule;
    }

    private static JsonObject Rule(int priority, string access, string source, string port) =>
        new()
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
        };
}
