using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Tests.DataPlane;
using MeshPort.Sandbox.Tests.Kubernetes;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.Faults;

/// <summary>Faults that several layers share, on the layers that other tests do not cover: token endpoints and connections.</summary>
public sealed class EveryLayerTests(ArmFixture azure) : IClassFixture<ArmFixture>, IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FaultKind.Throttle, 429, "temporarily_unavailable", "7")]
    [InlineData(FaultKind.InternalError, 500, "server_error", null)]
    [InlineData(FaultKind.Unavailable, 503, "temporarily_unavailable", null)]
    public async Task Entra_refuses_with_an_OAuth_error(FaultKind kind, int status, string error, string? retryAfter)
    {
        Add(
            new FaultRule
            {
                Kind = kind,
                Layer = FaultLayer.Entra,
                Count = 1,
                RetryAfter = kind == FaultKind.Throttle ? 7 : null,
            }
        );

        using var refused = await AskTokenAsync();

        Assert.Equal(
            (status, error, retryAfter),
            (
                (int)refused.StatusCode,
                JsonNode.Parse(await refused.Content.ReadAsStringAsync(Token))!["error"]!.GetValue<string>(),
                refused.Headers.RetryAfter?.ToString()
            )
        );
        using var next = await AskTokenAsync();
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Lost)]
    public async Task A_reset_or_lost_answer_of_Entra_ends_in_a_connection_error(FaultKind kind)
    {
        Add(
            new FaultRule
            {
                Kind = kind,
                Layer = FaultLayer.Entra,
                Count = 1,
            }
        );

        await Assert.ThrowsAsync<HttpRequestException>(AskTokenAsync);

        Assert.NotEmpty(await azure.Clients.TokenAsync(Token));
    }

    [Theory]
    [InlineData(FaultLayer.Arm)]
    [InlineData(FaultLayer.Entra)]
    public async Task A_layer_that_is_down_answers_no_request_and_the_other_layer_works(FaultLayer layer)
    {
        var known = await azure.Clients.TokenAsync(Token);
        Add(new FaultRule { Kind = FaultKind.Down, Layer = layer });

        for (var attempt = 0; attempt < 3; attempt++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(layer == FaultLayer.Arm ? () => ReadAsync(known) : AskTokenAsync);
        }

        using (var other = layer == FaultLayer.Arm ? await AskTokenAsync() : await ReadAsync(known))
        {
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }

        azure.Sandbox.World.Faults.Clear();
        using var again = layer == FaultLayer.Arm ? await ReadAsync(known) : await AskTokenAsync();
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Entra_is_slow_for_simulated_time()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false }, Token);
        using var clients = new SandboxClients(sandbox);
        sandbox.Clock.Hold();
        sandbox.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Slow,
                Layer = FaultLayer.Entra,
                Duration = 100,
            }
        );

        var token = clients.TokenAsync(Token);
        await Wait.UntilAsync(() => sandbox.World.Faults.All[0].Struck == 1, TestContext.Current.CancellationToken);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(99));
        Assert.False(token.IsCompleted);
        sandbox.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.NotEmpty(await token);
    }

    [Fact]
    public async Task An_API_server_is_slow_for_simulated_time()
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.World.Clock.Hold();
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Slow,
                Layer = FaultLayer.Kubernetes,
                Operation = "POST configmaps",
                Duration = 100,
            }
        );

        var answer = cluster.SendAsync(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"one"}}""");
        await Wait.UntilAsync(() => cluster.World.Faults.All[0].Struck == 1, TestContext.Current.CancellationToken);
        cluster.World.Clock.Advance(TimeSpan.FromSeconds(99));
        Assert.False(answer.IsCompleted);
        cluster.World.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(201, (await answer).Code);
    }

    [Fact]
    public async Task A_connection_is_reset_or_delayed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, Token) == "hello x", TestCluster.Token);

        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Reset,
                Layer = FaultLayer.DataPlane,
                Target = "9000",
                Count = 1,
            }
        );
        Assert.Equal(["reset", "hello x"], [await Dial.OutcomeAsync(address, 9000, Token), await Dial.OutcomeAsync(address, 9000, Token)]);

        cluster.World.Clock.Hold();
        cluster.World.Faults.Add(
            new FaultRule
            {
                Kind = FaultKind.Slow,
                Layer = FaultLayer.DataPlane,
                Target = "9000",
                Duration = 100,
                Count = 1,
            }
        );
        var slow = Dial.OutcomeAsync(address, 9000, Token);
        await Wait.UntilAsync(() => cluster.World.Faults.All[1].Struck == 1, TestContext.Current.CancellationToken);
        Assert.False(slow.IsCompleted);
        cluster.World.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal("hello x", await slow);
    }

    public void Dispose() => azure.Sandbox.World.Faults.Clear();

    private void Add(FaultRule rule) => azure.Sandbox.World.Faults.Add(rule);

    private async Task<HttpResponseMessage> ReadAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/subscriptions/{SandboxClients.Subscription}?api-version=2022-12-01");
        request.Headers.Authorization = new("Bearer", token);
        return await azure.Clients.Http.SendAsync(request, Token);
    }

    private async Task<HttpResponseMessage> AskTokenAsync()
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = azure.Sandbox.ClientId,
                ["client_secret"] = azure.Sandbox.ClientSecret,
                ["scope"] = "https://management.azure.com/.default",
            }
        );
        return await azure.Clients.Http.PostAsync($"/{azure.Sandbox.TenantId}/oauth2/v2.0/token", form, Token);
    }
}
