using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.Faults;

/// <summary>The faults of Azure Resource Manager and Entra as a client sees them.</summary>
public sealed class ArmFaultTests(ArmFixture azure) : IClassFixture<ArmFixture>, IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FaultKind.Throttle, 429, "SubscriptionRequestsThrottled", "10")]
    [InlineData(FaultKind.Refused, 403, "AuthorizationFailed", null)]
    [InlineData(FaultKind.InternalError, 500, "InternalServerError", null)]
    [InlineData(FaultKind.BadGateway, 502, "BadGatewayConnection", null)]
    [InlineData(FaultKind.Unavailable, 503, "ServiceUnavailable", null)]
    public async Task A_refusal_is_worded_as_by_Azure(FaultKind kind, int status, string code, string? retryAfter)
    {
        Add(
            new FaultRule
            {
                Kind = kind,
                Layer = FaultLayer.Arm,
                Operation = "GET resourceGroups",
                Target = "refused",
                Count = 1,
            }
        );
        var path = $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/refused?api-version=2022-09-01";

        var (found, body, message) = await azure.SendAsync("GET", path);

        Assert.Equal((status, code), (found, body["error"]!["code"]!.GetValue<string>()));
        Assert.Equal(retryAfter, message.Headers.RetryAfter?.ToString());
        Assert.Equal("gateway", Assert.Single(message.Headers.GetValues("x-ms-failure-cause")));
        Assert.Equal(404, (await azure.SendAsync("GET", path)).Status);
    }

    [Fact]
    public async Task A_write_conflicts_with_another_operation()
    {
        Add(
            new FaultRule
            {
                Kind = FaultKind.Conflict,
                Layer = FaultLayer.Arm,
                Operation = "* *",
                Target = "busy",
                Count = 1,
            }
        );
        var path = $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/busy?api-version=2022-09-01";

        var (status, body, _) = await azure.SendAsync("PUT", path, """{"location":"eastus2"}""");

        Assert.Equal((409, "OperationNotAllowed"), (status, ArmFixture.Code(body)));
        Assert.Equal(201, (await azure.SendAsync("PUT", path, """{"location":"eastus2"}""")).Status);
    }

    [Fact]
    public async Task A_reset_does_no_work_and_a_lost_answer_has_done_all_of_it()
    {
        Add(
            new FaultRule
            {
                Kind = FaultKind.Reset,
                Layer = FaultLayer.Arm,
                Operation = "PUT resourceGroups",
                Target = "reset",
                Count = 1,
            }
        );
        Add(
            new FaultRule
            {
                Kind = FaultKind.Lost,
                Layer = FaultLayer.Arm,
                Operation = "PUT resourceGroups",
                Target = "lost",
                Count = 1,
            }
        );

        Assert.Equal(404, await PutThenGetAsync("reset"));
        Assert.Equal(200, await PutThenGetAsync("lost"));

        async Task<int> PutThenGetAsync(string group)
        {
            var path = $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/{group}?api-version=2022-09-01";
            await Assert.ThrowsAsync<HttpRequestException>(() => azure.SendAsync("PUT", path, """{"location":"eastus2"}"""));
            return (await azure.SendAsync("GET", path)).Status;
        }
    }

    [Fact]
    public async Task A_slow_request_waits_for_simulated_time()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false }, Token);
        using var clients = new SandboxClients(sandbox);
        sandbox.Clock.Hold();
        sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Slow,
                Layer = FaultLayer.Arm,
                Operation = "GET *",
                Duration = 100,
            }
        );

        var answer = ArmFixture.SendAsync(clients, "GET", $"/subscriptions/{SandboxClients.Subscription}?api-version=2022-12-01");
        await Wait.UntilAsync(() => sandbox.World.Faults.All[0].Struck == 1, TestContext.Current.CancellationToken);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(99));
        Assert.False(answer.IsCompleted);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(200, (await answer).Status);
    }

    [Fact]
    public async Task An_operation_fails_with_the_given_code()
    {
        Add(
            new FaultRule
            {
                Kind = FaultKind.OperationFails,
                Layer = FaultLayer.Arm,
                Operation = "create managedClusters",
                Target = "failing",
                Code = "AllocationFailed",
                Message = "No room.",
            }
        );
        await azure.Clients.GroupAsync("failing-group", Token);

        var (_, _, accepted) = await azure.SendAsync("PUT", ArmFixture.ClusterPath("failing-group", "failing"), ArmFixture.Cluster());
        var poll = new Uri(Assert.Single(accepted.Headers.GetValues("Azure-AsyncOperation"))).PathAndQuery;
        JsonObject status = [];
        await Wait.UntilAsync(
            async () => (status = (await azure.SendAsync("GET", poll)).Body)["status"]!.GetValue<string>() != "InProgress",
            TestContext.Current.CancellationToken
        );

        Assert.Equal(
            ("Failed", "AllocationFailed", "No room."),
            (
                status["status"]!.GetValue<string>(),
                status["error"]!["code"]!.GetValue<string>(),
                status["error"]!["message"]!.GetValue<string>()
            )
        );
        Assert.Equal(
            "Failed",
            (await azure.SendAsync("GET", ArmFixture.ClusterPath("failing-group", "failing"))).Body["properties"]![
                "provisioningState"
            ]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task An_operation_hangs_for_the_given_time()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false }, Token);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", Token);
        sandbox.Clock.Hold();
        sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.OperationHangs,
                Layer = FaultLayer.Arm,
                Operation = "PUT managedClusters",
                Target = "late",
                Duration = 86_400,
            }
        );
        sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.OperationHangs,
                Layer = FaultLayer.Arm,
                Operation = "PUT managedClusters",
                Target = "never",
            }
        );
        await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "late"), ArmFixture.Cluster());
        await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "never"), ArmFixture.Cluster());

        sandbox.Clock.Advance(TimeSpan.FromHours(24));
        Assert.All(
            sandbox.Operations.Where(operation => operation.Kind == "managedClusters/create"),
            operation => Assert.Equal("InProgress", operation.Status)
        );
        sandbox.Clock.Advance(TimeSpan.FromHours(1));

        await Wait.UntilAsync(
            () =>
                sandbox.Operations.Single(operation => operation.Target.EndsWith("/late", StringComparison.Ordinal)).Status == "Succeeded",
            TestContext.Current.CancellationToken
        );
        Assert.Equal(
            "InProgress",
            sandbox.Operations.Single(operation => operation.Target.EndsWith("/never", StringComparison.Ordinal)).Status
        );
    }

    [Fact]
    public async Task A_registration_stays_pending()
    {
        Add(
            new FaultRule
            {
                Kind = FaultKind.FeaturePending,
                Layer = FaultLayer.Arm,
                Target = "ManagedGatewayAPIPreview",
            }
        );
        const string path =
            $"/subscriptions/{SandboxClients.Subscription}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/"
            + "ManagedGatewayAPIPreview";

        Assert.Equal(
            "Pending",
            (await azure.SendAsync("POST", path + "/register?api-version=2021-07-01")).Body["properties"]!["state"]!.GetValue<string>()
        );
        Assert.Equal(
            "Pending",
            (await azure.SendAsync("GET", path + "?api-version=2021-07-01")).Body["properties"]!["state"]!.GetValue<string>()
        );
    }

    [Theory]
    [InlineData(FaultKind.Unavailable, "AADSTS90033")]
    [InlineData(FaultKind.Refused, "AADSTS7000222")]
    public async Task Entra_issues_no_token_while_it_refuses(FaultKind kind, string code)
    {
        Add(
            new FaultRule
            {
                Kind = kind,
                Layer = FaultLayer.Entra,
                Count = 1,
            }
        );

        var refusal = await Assert.ThrowsAsync<Azure.Identity.AuthenticationFailedException>(() => azure.Clients.TokenAsync(Token));

        Assert.Contains(code, refusal.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(await azure.Clients.TokenAsync(Token));
    }

    public void Dispose() => azure.Sandbox.World.Faults.Clear();

    private void Add(FaultRule rule) => azure.Sandbox.World.Faults.Add(rule);
}
