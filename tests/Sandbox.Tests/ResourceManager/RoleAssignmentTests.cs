using System.Text.Json.Nodes;
using k8s;
using k8s.KubeConfigModels;
using MeshPort.Sandbox.ResourceManager.Authorization;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class RoleAssignmentTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string NetworkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7";
    private const string Reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    private const string Somebody = "11111111-2222-4333-8444-555555555555";
    private static readonly string Subscription = $"/subscriptions/{SandboxClients.Subscription}";

    [Fact]
    public async Task A_role_is_assigned_read_listed_and_removed()
    {
        var subnet = await SubnetAsync("role1");
        var path = Path(subnet, Guid.NewGuid());

        var given = await fixture.SendAsync("PUT", path, Body(NetworkContributor));
        var again = await fixture.SendAsync("PUT", path, Body(NetworkContributor));
        var read = await fixture.SendAsync("GET", path);
        var listed = await ListAsync(subnet, $"principalId eq '{Somebody}'");
        var taken = await fixture.SendAsync("DELETE", path);

        Assert.Equal((201, 200, 200), (given.Status, again.Status, taken.Status));
        Assert.Equal(subnet, read.Body["properties"]!["scope"]!.GetValue<string>());
        Assert.Equal(Somebody, Assert.Single(listed)["properties"]!["principalId"]!.GetValue<string>());
        Assert.Equal(204, (await fixture.SendAsync("DELETE", path)).Status);
        Assert.Equal("RoleAssignmentNotFound", ArmFixture.Code((await fixture.SendAsync("GET", path)).Body));
    }

    [Fact]
    public async Task A_list_contains_assignments_at_above_and_below_and_atScope_omits_those_below()
    {
        var subnet = await SubnetAsync("role2");
        var group = $"{Subscription}/resourceGroups/role2";
        await fixture.SendAsync("PUT", Path(group, Guid.NewGuid()), Body(Reader));
        await fixture.SendAsync("PUT", Path(subnet, Guid.NewGuid()), Body(NetworkContributor));

        Assert.Equal(2, (await ListAsync(subnet, "atScope()")).Count);
        Assert.Equal(2, (await ListAsync(group, null)).Count);
        Assert.Single(await ListAsync(group, "atScope()"));
        Assert.Empty(await ListAsync(group, "assignedTo('11111111-2222-4333-8444-666666666666')"));
        Assert.Equal("UnsupportedQuery", ArmFixture.Code((await fixture.SendAsync("GET", ListPath(group, "roleName eq 'x'"))).Body));
    }

    [Theory]
    [InlineData("not-a-guid", NetworkContributor, "ServicePrincipal", 400, "InvalidRoleAssignmentId")]
    [InlineData("", "99999999-0000-4000-8000-000000000000", "ServicePrincipal", 400, "RoleDefinitionDoesNotExist")]
    [InlineData("", NetworkContributor, null, 400, "PrincipalNotFound")]
    [InlineData("", NetworkContributor, "Robot", 400, "InvalidRequestContent")]
    public async Task An_invalid_assignment_is_refused(string name, string role, string? type, int status, string code)
    {
        var subnet = await SubnetAsync("role3");

        var answer = await fixture.SendAsync(
            "PUT",
            $"{subnet}/providers/{RoleAssignmentApi.Type}/{(name.Length > 0 ? name : Guid.NewGuid())}?api-version=2022-04-01",
            Body(role, type)
        );

        Assert.Equal((status, code), (answer.Status, ArmFixture.Code(answer.Body)));
    }

    [Fact]
    public async Task A_role_is_assigned_only_once_and_a_name_cannot_be_reused_for_another()
    {
        var subnet = await SubnetAsync("role4");
        var path = Path(subnet, Guid.NewGuid());
        await fixture.SendAsync("PUT", path, Body(NetworkContributor));

        var twice = await fixture.SendAsync("PUT", Path(subnet, Guid.NewGuid()), Body(NetworkContributor));
        var other = await fixture.SendAsync("PUT", path, Body(Reader));

        Assert.Equal((409, "RoleAssignmentExists"), (twice.Status, ArmFixture.Code(twice.Body)));
        Assert.Equal((400, "RoleAssignmentUpdateNotPermitted"), (other.Status, ArmFixture.Code(other.Body)));
    }

    [Fact]
    public async Task An_assignment_is_deleted_with_its_scope()
    {
        var subnet = await SubnetAsync("role5");
        var path = Path(subnet, Guid.NewGuid());
        await fixture.SendAsync("PUT", path, Body(NetworkContributor));

        await fixture.SendAsync("DELETE", ArmFixture.NetworkPath("role5", "virtualNetworks", "v"));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        await SubnetAsync("role5");

        Assert.Equal(404, (await fixture.SendAsync("GET", path)).Status);
    }

    [Fact]
    public async Task Built_in_roles_are_found_by_name_and_by_id()
    {
        var byName = (
            await fixture.SendAsync(
                "GET",
                $"{Subscription}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&"
                    + "$filter=roleName%20eq%20'network%20contributor'"
            )
        ).Body;
        var byId = (
            await fixture.SendAsync(
                "GET",
                $"{Subscription}/providers/Microsoft.Authorization/roleDefinitions/{NetworkContributor}?api-version=2022-04-01"
            )
        ).Body;

        Assert.Equal(NetworkContributor, Assert.Single(byName["value"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.Equal("Network Contributor", byId["properties"]!["roleName"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("Network Contributor", "Microsoft.Network/virtualNetworks/subnets/join/action", true)]
    [InlineData("Network Contributor", "Microsoft.Compute/virtualMachines/read", false)]
    [InlineData("Reader", "Microsoft.Network/virtualNetworks/subnets/read", true)]
    [InlineData("Reader", "Microsoft.Network/virtualNetworks/subnets/join/action", false)]
    [InlineData("Contributor", "Microsoft.Authorization/roleAssignments/write", false)]
    [InlineData("Owner", "Microsoft.Authorization/roleAssignments/write", true)]
    public void A_role_allows_the_actions_of_its_definition(string role, string action, bool gives) =>
        Assert.Equal(gives, BuiltInRoles.Where(known => known.Name == role).Single().Gives(action));

    /// <summary>
    /// https://github.com/Azure/AKS/issues/1557: a cluster has no right to a customer's subnet until somebody assigns a role.
    /// </summary>
    [Fact]
    public async Task A_gateway_in_a_customers_subnet_has_no_address_until_the_cluster_has_a_role_on_it()
    {
        var subnet = await SubnetAsync("role6");
        await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("role6", "c"),
            ArmFixture.Cluster(body =>
            {
                body["identity"] = new JsonObject { ["type"] = "SystemAssigned" };
                body["properties"]!["agentPoolProfiles"]![0]!["vnetSubnetID"] = subnet;
                body["properties"]!["serviceMeshProfile"] = JsonNode.Parse(
                    """{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]}}}"""
                );
            })
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        using var kubernetes = new k8s.Kubernetes(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<K8SConfiguration>(
                    fixture.Sandbox.AdminKubeconfig(SandboxClients.ClusterId("role6", "c").ToString())
                )
            )
        );
        await Wait.UntilAsync(
            async () =>
                (
                    await kubernetes.CoreV1.ListNamespacedEventAsync("aks-istio-ingress", fieldSelector: "reason=SyncLoadBalancerFailed")
                ).Items.Any(warning =>
                    warning.Message.Contains("Microsoft.Network/virtualNetworks/subnets/read", StringComparison.Ordinal)
                ),
            TestContext.Current.CancellationToken
        );
        Assert.False(await HasAddressAsync(kubernetes));

        var principal = (await fixture.SendAsync("GET", ArmFixture.ClusterPath("role6", "c"))).Body["identity"]![
            "principalId"
        ]!.GetValue<string>();
        await fixture.SendAsync("PUT", Path(subnet, Guid.NewGuid()), Body(NetworkContributor, principal: principal));

        await Wait.UntilAsync(() => HasAddressAsync(kubernetes), TestContext.Current.CancellationToken);
    }

    private static async Task<bool> HasAddressAsync(k8s.Kubernetes kubernetes) =>
        (await kubernetes.CoreV1.ReadNamespacedServiceAsync("aks-istio-ingressgateway-external", "aks-istio-ingress"))
            .Status
            .LoadBalancer
            ?.Ingress
            is { Count: > 0 };

    private async Task<string> SubnetAsync(string group)
    {
        await fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath(group, "virtualNetworks", "v"),
            """
            {"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.13.0.0/16"]},
            "subnets":[{"name":"aks","properties":{"addressPrefix":"10.13.76.0/24"}}]}}
            """
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        return SandboxClients.NetworkId(group, "virtualNetworks", "v/subnets/aks").ToString();
    }

    private async Task<IReadOnlyList<JsonNode>> ListAsync(string scope, string? filter) =>
        [.. (await fixture.SendAsync("GET", ListPath(scope, filter))).Body["value"]!.AsArray().OfType<JsonNode>()];

    private static string ListPath(string scope, string? filter) =>
        $"{scope}/providers/{RoleAssignmentApi.Type}?"
        + $"api-version=2022-04-01{(filter is null ? "" : $"&$filter={Uri.EscapeDataString(filter)}")}";

    private static string Path(string scope, Guid name) => $"{scope}/providers/{RoleAssignmentApi.Type}/{name}?api-version=2022-04-01";

    private static string Body(string role, string? type = "ServicePrincipal", string principal = Somebody)
    {
        var properties = new JsonObject
        {
            ["roleDefinitionId"] = $"{Subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            ["principalId"] = principal,
        };
        if (type is not null)
        {
            properties["principalType"] = type;
        }

        return new JsonObject { ["properties"] = properties }.ToJsonString();
    }
}
