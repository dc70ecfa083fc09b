using Azure;
using Azure.Core;
using Azure.ResourceManager.Resources;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class AgentPoolTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_official_client_creates_scales_and_deletes_a_node_pool_and_nodes_follow()
    {
        var steps = new ClusterSteps(fixture, "pools");
        await steps.CreateAsync();
        var id = new ResourceIdentifier(steps.Id + "/agentPools/extra");
        var data = new GenericResourceData(AzureLocation.EastUS2)
        {
            Properties = BinaryData.FromString("""{"count":3,"vmSize":"Standard_D4s_v5","mode":"User","maxPods":40}"""),
        };

        var made = await fixture.Clients.Arm.GetGenericResources().CreateOrUpdateAsync(WaitUntil.Started, id, data, Cancel);
        await SandboxClients.CompleteAsync(made, Cancel);
        Assert.Equal(5, await NodesAsync(steps));
        Assert.Equal(["250", "40"], await PodsOfNodesAsync(steps));

        var scaling = await steps.SendAsync("PUT", "/agentPools/extra", """{"properties":{"count":1,"vmSize":"Standard_D4s_v5"}}""");
        Assert.Equal((200, "Scaling"), (scaling.Status, scaling.Body["properties"]!["provisioningState"]!.GetValue<string>()));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(3, await NodesAsync(steps));

        await SandboxClients.CompleteAsync(await made.Value.DeleteAsync(WaitUntil.Started, Cancel), Cancel);
        Assert.Equal(2, await NodesAsync(steps));
        Assert.Equal(404, (await steps.SendAsync("GET", "/agentPools/extra")).Status);
    }

    [Fact]
    public async Task A_write_to_a_pool_changes_its_etag_and_no_other()
    {
        var steps = new ClusterSteps(fixture, "pooltags");
        await steps.CreateAsync();
        Assert.Equal(412, (await steps.SendAsync("PUT", "/agentPools/extra", """{"properties":{}}""", ("If-Match", "*"))).Status);
        Assert.Equal(201, (await steps.SendAsync("PUT", "/agentPools/extra", """{"properties":{}}""", ("If-None-Match", "*"))).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var (_, before, _) = await steps.SendAsync("GET");
        var pool = (await steps.PropertiesAsync("/agentPools/extra"))["eTag"]!.GetValue<string>();

        Assert.Equal(412, (await steps.SendAsync("PUT", "/agentPools/extra", """{"properties":{"count":2}}""", ("If-Match", "x"))).Status);
        Assert.Equal(412, (await steps.SendAsync("DELETE", "/agentPools/extra", null, ("If-Match", "x"))).Status);
        Assert.Equal(200, (await steps.SendAsync("PUT", "/agentPools/extra", """{"properties":{"count":2}}""", ("If-Match", pool))).Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.NotEqual(pool, (await steps.PropertiesAsync("/agentPools/extra"))["eTag"]!.GetValue<string>());
        var (_, after, _) = await steps.SendAsync("GET");
        Assert.Equal(before["eTag"]!.GetValue<string>(), after["eTag"]!.GetValue<string>());
        Assert.Equal(204, (await steps.SendAsync("DELETE", "/agentPools/none", null, ("If-Match", "x"))).Status);
    }

    [Fact]
    public async Task Pools_change_in_parallel_but_not_while_their_cluster_does()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 600 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("busy", Cancel);
        Task<(int Status, System.Text.Json.Nodes.JsonObject Body, HttpResponseMessage Message)> Send(
            string method,
            string suffix,
            string? body = null
        ) => ArmFixture.SendAsync(clients, method, ArmFixture.ClusterPath("busy", "c1", suffix), body);
        await Send("PUT", "", ArmFixture.Cluster());
        var early = await Send("PUT", "/agentPools/one", """{"properties":{"count":1}}""");
        await ArmFixture.QuietAsync(sandbox);

        Assert.Equal((409, "OperationNotAllowed"), (early.Status, ArmFixture.Code(early.Body)));
        Assert.Equal(201, (await Send("PUT", "/agentPools/one", """{"properties":{"count":1}}""")).Status);
        Assert.Equal(201, (await Send("PUT", "/agentPools/two", """{"properties":{"count":1}}""")).Status);
        Assert.Equal(409, (await Send("PUT", "/agentPools/one", """{"properties":{"count":2}}""")).Status);
        Assert.Equal(409, (await Send("PUT", "", ArmFixture.Cluster())).Status);
        await ArmFixture.QuietAsync(sandbox);
        Assert.Equal(3, (await Send("GET", "/agentPools")).Body["value"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("PUT", "/agentPools/Upper", """{"properties":{"count":1}}""", "InvalidParameter")]
    [InlineData("PUT", "/agentPools/extra", """{"properties":{"count":1001}}""", "InvalidParameter")]
    [InlineData("PUT", "/agentPools/extra", """{"properties":{"vmSize":"Standard_X"}}""", "BadRequest")]
    [InlineData("PUT", "/agentPools/extra", """{"properties":{"orchestratorVersion":"1.35"}}""", "BadRequest")]
    [InlineData(
        "PUT",
        "/agentPools/extra",
        """{"properties":{"vmSize":"Standard_D64s_v5","count":170}}""",
        "ErrCode_InsufficientVCPUQuota"
    )]
    [InlineData("PUT", "/agentPools/nodepool1", """{"properties":{"vmSize":"Standard_D4s_v5"}}""", "PropertyChangeNotAllowed")]
    [InlineData("DELETE", "/agentPools/nodepool1", null, "OperationNotAllowed")]
    public async Task A_pool_that_AKS_would_refuse_is_refused(string method, string suffix, string? body, string code)
    {
        var steps = new ClusterSteps(fixture, "refusals", Guid.NewGuid().ToString("N"));
        await steps.CreateAsync();

        var answer = await steps.SendAsync(method, suffix, body);

        Assert.Equal((400, code), (answer.Status, ArmFixture.Code(answer.Body)));
    }

    private static async Task<IEnumerable<string>> PodsOfNodesAsync(ClusterSteps steps)
    {
        using var kubernetes = steps.Kubernetes();
        return (await k8s.CoreV1OperationsExtensions.ListNodeAsync(kubernetes.CoreV1, cancellationToken: Cancel))
            .Items.Select(node => node.Status.Capacity["pods"].ToString())
            .Distinct()
            .Order();
    }

    private static async Task<int> NodesAsync(ClusterSteps steps)
    {
        using var kubernetes = steps.Kubernetes();
        return (await k8s.CoreV1OperationsExtensions.ListNodeAsync(kubernetes.CoreV1, cancellationToken: Cancel)).Items.Count;
    }
}
