using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Services that use public addresses of a customer.</summary>
public sealed class PublicAddressTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string GroupAnnotation = "service.beta.kubernetes.io/azure-load-balancer-resource-group";
    private const string NameAnnotation = "service.beta.kubernetes.io/azure-pip-name";
    private const string NetworkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_gets_a_customers_address_after_the_cluster_has_a_role_on_its_group()
    {
        var cluster = new ClusterSteps(fixture, "pip1");
        await cluster.CreateAsync(body => body["identity"] = new JsonObject { ["type"] = "SystemAssigned" });
        using var kubernetes = cluster.Kubernetes();
        var address = await AddressAsync("pip1", "mine", "eastus2");
        await ServiceAsync(kubernetes, "by-address", 80, address, (GroupAnnotation, "pip1"));
        await ServiceAsync(kubernetes, "by-name", 81, null, (GroupAnnotation, "pip1"), (NameAnnotation, "MINE"));
        Assert.Contains("Microsoft.Network/publicIPAddresses/read", await WarningAsync(kubernetes, "by-address"), StringComparison.Ordinal);

        await AssignAsync("pip1", cluster);

        Assert.Equal(address, await IngressAsync(kubernetes, "by-address"));
        Assert.Equal(address, await IngressAsync(kubernetes, "by-name"));
        var path = ArmFixture.NetworkPath("pip1", "publicIPAddresses", "mine");
        var frontend = (await fixture.SendAsync("GET", path)).Body["properties"]?["ipConfiguration"]?["id"]?.GetValue<string>();
        Assert.Contains("/loadBalancers/kubernetes/frontendIPConfigurations/a", frontend, StringComparison.Ordinal);
        Assert.Equal("PublicIPAddressCannotBeDeleted", ArmFixture.Code((await fixture.SendAsync("DELETE", path)).Body));

        await kubernetes.CoreV1.DeleteNamespacedServiceAsync("by-address", "default", cancellationToken: Cancel);
        await kubernetes.CoreV1.DeleteNamespacedServiceAsync("by-name", "default", cancellationToken: Cancel);
        await Wait.UntilAsync(async () => (await fixture.SendAsync("DELETE", path)).Status == 202, Cancel);
    }

    [Fact]
    public async Task An_address_that_the_cluster_cannot_use_gives_a_warning()
    {
        var cluster = new ClusterSteps(fixture, "pip2");
        await cluster.CreateAsync(); // a service principal, whose rights are not checked
        using var kubernetes = cluster.Kubernetes();
        await AddressAsync("pip2", "far", "westus");
        var address = await AddressAsync("pip2", "near", "eastus2");

        await ServiceAsync(kubernetes, "nowhere", 80, null, (GroupAnnotation, "absent"));
        await ServiceAsync(kubernetes, "elsewhere", 80, address); // without the annotation, the group of the nodes
        await ServiceAsync(kubernetes, "unknown", 80, null, (GroupAnnotation, "pip2"), (NameAnnotation, "absent"));
        await ServiceAsync(kubernetes, "far", 80, null, (GroupAnnotation, "pip2"), (NameAnnotation, "far"));

        Assert.Contains("ResourceGroupNotFound", await WarningAsync(kubernetes, "nowhere"), StringComparison.Ordinal);
        Assert.EndsWith(
            $"cannot find public IP with IP address {address} in resource group MC_pip2_c1_eastus2",
            await WarningAsync(kubernetes, "elsewhere"),
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            "PublicIP from annotation azure-pip-name(-IPv6)=absent for service default/unknown doesn't exist",
            await WarningAsync(kubernetes, "unknown"),
            StringComparison.Ordinal
        );
        Assert.Contains("InvalidResourceReference", await WarningAsync(kubernetes, "far"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_of_another_clusters_service_is_refused_with_both_frontends()
    {
        var (first, second) = (new ClusterSteps(fixture, "pip4"), new ClusterSteps(fixture, "pip4", "c2"));
        await first.CreateAsync();
        await second.CreateAsync();
        await AddressAsync("pip4", "shared", "eastus2");
        using var one = first.Kubernetes();
        using var other = second.Kubernetes();
        await ServiceAsync(one, "web", 80, null, (GroupAnnotation, "pip4"), (NameAnnotation, "shared"));
        await IngressAsync(one, "web");

        await ServiceAsync(other, "web", 80, null, (GroupAnnotation, "pip4"), (NameAnnotation, "shared"));

        const string Frontends = "Microsoft.Network/loadBalancers/kubernetes/frontendIPConfigurations/a[0-9a-f]{31}";
        Assert.Matches(
            $"PublicIPAddressInUse: Resource /subscriptions/[0-9-]+/resourceGroups/MC_pip4_c2_eastus2/providers/{Frontends} is referencing "
                + "public IP address /subscriptions/[0-9-]+/resourceGroups/pip4/providers/Microsoft.Network/publicIPAddresses/shared that "
                + $"is already allocated to resource /subscriptions/[0-9-]+/resourceGroups/MC_pip4_c1_eastus2/providers/{Frontends}\\.",
            await WarningAsync(other, "web")
        );
    }

    [Fact]
    public async Task A_services_own_address_has_the_name_of_the_service_and_an_internal_one_is_not_listed()
    {
        var cluster = new ClusterSteps(fixture, "pip3");
        await cluster.CreateAsync();
        using var kubernetes = cluster.Kubernetes();
        var service = await ServiceAsync(kubernetes, "own", 80, null);
        await ServiceAsync(kubernetes, "inside", 80, null, ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"));
        var address = await IngressAsync(kubernetes, "own");
        var inside = await IngressAsync(kubernetes, "inside");

        var listed = (
            await fixture.SendAsync("GET", ArmFixture.NetworkPath("MC_pip3_c1_eastus2", "publicIPAddresses", "").Replace("/?", "?"))
        ).Body["value"]!.AsArray();

        var own = Assert.Single(listed, item => item!["properties"]!["ipAddress"]!.GetValue<string>() == address);
        Assert.Equal($"kubernetes-a{service.Metadata.Uid.Replace("-", "")}"[..43], own!["name"]!.GetValue<string>());
        Assert.DoesNotContain(listed, item => item!["properties"]!["ipAddress"]!.GetValue<string>() == inside);
    }

    [Fact]
    public async Task The_load_balancer_has_a_rule_for_each_port_of_a_service()
    {
        var cluster = new ClusterSteps(fixture, "pip5");
        await cluster.CreateAsync();
        using var kubernetes = cluster.Kubernetes();
        var service = await ServiceAsync(
            kubernetes,
            "own",
            9000,
            null,
            ("service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout", "10")
        );
        await ServiceAsync(kubernetes, "inside", 9001, null, ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"));
        await IngressAsync(kubernetes, "own");
        await IngressAsync(kubernetes, "inside");

        var (_, balancer, _) = await fixture.SendAsync("GET", ArmFixture.NetworkPath("MC_pip5_c1_eastus2", "loadBalancers", "kubernetes"));

        var rule = Assert.Single(balancer["properties"]!["loadBalancingRules"]!.AsArray())!;
        var name = $"a{service.Metadata.Uid.Replace("-", "")}"[..32];
        Assert.Equal($"{name}-TCP-9000", rule["name"]!.GetValue<string>());
        Assert.Equal(
            (9000, 10),
            (rule["properties"]!["backendPort"]!.GetValue<int>(), rule["properties"]!["idleTimeoutInMinutes"]!.GetValue<int>())
        );
        Assert.EndsWith(
            $"/loadBalancers/kubernetes/frontendIPConfigurations/{name}",
            rule["properties"]!["frontendIPConfiguration"]!["id"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Addresses_come_from_their_prefix_until_it_has_none_left_and_keep_it_in_use()
    {
        await fixture.Clients.GroupAsync("pip6", Cancel);
        var prefix = ArmFixture.NetworkPath("pip6", "publicIPPrefixes", "range");
        await fixture.SendAsync("PUT", prefix, """{"location":"eastus2","properties":{"prefixLength":31}}""");
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var range = IPNetwork.Parse((await fixture.SendAsync("GET", prefix)).Body["properties"]!["ipPrefix"]!.GetValue<string>());
        var addresses = new List<string>();
        foreach (var name in new[] { "one", "two" })
        {
            addresses.Add((await PutAsync(name)).Body["properties"]!["ipAddress"]!.GetValue<string>());
        }

        Assert.Equal(2, addresses.Distinct().Count(address => range.Contains(IPAddress.Parse(address))));
        Assert.Equal("PublicIPPrefixExhausted", ArmFixture.Code((await PutAsync("three")).Body));
        Assert.Equal("InUsePublicIpPrefixCannotBeDeleted", ArmFixture.Code((await fixture.SendAsync("DELETE", prefix)).Body));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(addresses[0], (await PutAsync("one")).Body["properties"]!["ipAddress"]!.GetValue<string>());
        await ArmFixture.QuietAsync(fixture.Sandbox);

        await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("pip6", "publicIPAddresses", "one"));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(addresses[0], (await PutAsync("three")).Body["properties"]!["ipAddress"]!.GetValue<string>());
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(2, (await fixture.SendAsync("GET", prefix)).Body["properties"]!["publicIPAddresses"]!.AsArray().Count);

        Task<(int Status, JsonObject Body, HttpResponseMessage Message)> PutAsync(string name) =>
            fixture.SendAsync(
                "PUT",
                ArmFixture.NetworkPath("pip6", "publicIPAddresses", name),
                """{"location":"eastus2","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static","""
                    + $"\"publicIPPrefix\":{{\"id\":\"{prefix.Split('?')[0]}\"}}}}}}"
            );
    }

    [Fact]
    public async Task Another_subnet_of_a_customer_needs_a_role_too()
    {
        var cluster = new ClusterSteps(fixture, "pip7");
        var network = ArmFixture.NetworkPath("pip7", "virtualNetworks", "net");
        await fixture.Clients.GroupAsync("pip7", Cancel);
        await fixture.SendAsync(
            "PUT",
            network,
            """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.50.0.0/16"]},"subnets":["""
                + """{"name":"nodes","properties":{"addressPrefix":"10.50.0.0/24"}},"""
                + """{"name":"gateways","properties":{"addressPrefix":"10.50.1.0/24"}}]}}"""
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        await cluster.CreateAsync(body =>
        {
            body["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
            body["properties"]!["agentPoolProfiles"]![0]!["vnetSubnetID"] = $"{network.Split('?')[0]}/subnets/nodes";
        });
        using var kubernetes = cluster.Kubernetes();
        await AssignAsync("pip7/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes", cluster);
        await ServiceAsync(
            kubernetes,
            "inside",
            80,
            null,
            ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
            ("service.beta.kubernetes.io/azure-load-balancer-internal-subnet", "gateways")
        );
        Assert.Contains("subnets/gateways", await WarningAsync(kubernetes, "inside"), StringComparison.Ordinal);

        await AssignAsync("pip7/providers/Microsoft.Network/virtualNetworks/net/subnets/gateways", cluster);
        Assert.NotEmpty(await IngressAsync(kubernetes, "inside"));
    }

    private async Task<string> AddressAsync(string group, string name, string location)
    {
        var path = ArmFixture.NetworkPath(group, "publicIPAddresses", name);
        await fixture.SendAsync(
            "PUT",
            path,
            $$$"""{"location":"{{{location}}}","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}"""
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        return (await fixture.SendAsync("GET", path)).Body["properties"]!["ipAddress"]!.GetValue<string>();
    }

    private async Task AssignAsync(string group, ClusterSteps cluster)
    {
        var subscription = $"/subscriptions/{SandboxClients.Subscription}";
        var principal = (await cluster.SendAsync("GET")).Body["identity"]!["principalId"]!.GetValue<string>();
        var answer = await fixture.SendAsync(
            "PUT",
            $"{subscription}/resourceGroups/{group}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}"
                + "?api-version=2022-04-01",
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["roleDefinitionId"] = $"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{NetworkContributor}",
                    ["principalId"] = principal,
                    ["principalType"] = "ServicePrincipal",
                },
            }.ToJsonString()
        );
        Assert.Equal(201, answer.Status);
    }

    private static Task<V1Service> ServiceAsync(
        k8s.Kubernetes kubernetes,
        string name,
        int port,
        string? address,
        params (string Name, string Value)[] annotations
    ) =>
        kubernetes.CoreV1.CreateNamespacedServiceAsync(
            new V1Service
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name,
                    Annotations = annotations.ToDictionary(annotation => annotation.Name, annotation => annotation.Value),
                },
                Spec = new V1ServiceSpec
                {
                    Type = "LoadBalancer",
                    LoadBalancerIP = address,
                    Ports = [new V1ServicePort { Name = "tcp", Port = port }],
                },
            },
            "default",
            cancellationToken: Cancel
        );

    private static Task<string> WarningAsync(k8s.Kubernetes kubernetes, string service) =>
        Wait.ForAsync(
            async () =>
                (
                    await kubernetes.CoreV1.ListNamespacedEventAsync(
                        "default",
                        fieldSelector: $"reason=SyncLoadBalancerFailed,involvedObject.name={service}",
                        cancellationToken: Cancel
                    )
                )
                    .Items.FirstOrDefault()
                    ?.Message,
            Cancel
        );

    private static Task<string> IngressAsync(k8s.Kubernetes kubernetes, string service) =>
        Wait.ForAsync(
            async () =>
                (await kubernetes.CoreV1.ReadNamespacedServiceAsync(service, "default", cancellationToken: Cancel))
                    .Status.LoadBalancer?.Ingress?.FirstOrDefault()
                    ?.Ip,
            Cancel
        );
}
