using System.Net.Http.Json;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// A port or a server name that one exposure releases and another takes at once, while an obstacle blocks the first.
/// </summary>
public sealed class HandoverStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("managedService")]
    [InlineData("companionService")]
    public async Task A_released_port_belongs_to_its_new_owner_although_the_old_owner_cannot_move(string strategy)
    {
        await using var host = await StoryHost.StartAsync(Token);
        var spec = StoryHost.ClusterSpec();
        spec["strategy"] = strategy;
        await host.SucceedAsync(await host.PutClusterAsync(Token, spec), Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "shop", "shop");
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "lab", "lab");
        await host.SucceedAsync(await host.PutExposureAsync("old", StoryHost.Of(9000, ("echo", "shop", 7000, null)), Token), Token);

        await host.PutExposureAsync("old", StoryHost.Of(9500, ("nobody", "shop", 7000, null)), Token);
        await host.SucceedAsync(await host.PutExposureAsync("new", StoryHost.Of(9000, ("echo", "lab", 7000, null)), Token), Token);

        Assert.Equal("lab jose", await Dialing.AskAsync(await host.AddressAsync("new", Token), 9000, Token));
        await host.UntilConditionAsync(StoryHost.Exposure("old"), "RouteProgrammed", "False", "BackendNotFound", Token);
        await kubernetes.DeployEchoAsync("nobody", 7000, Token, "late", "shop");
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await StoryHost.UntilDialledAsync(await host.AddressAsync("old", Token), 9500, "late jose", Token);
        Assert.Equal("lab jose", await Dialing.AskAsync(await host.AddressAsync("new", Token), 9000, Token));
    }

    [Fact]
    public async Task Two_exposures_change_their_ports_in_one_request()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "shop", "shop");
        await kubernetes.DeployEchoAsync("echo", 7000, Token, "lab", "lab");
        var (shop, lab) = (("echo", "shop", 7000, (int?)null), ("echo", "lab", 7000, (int?)null));
        await host.SucceedAsync(await host.PutExposureAsync("shop", StoryHost.Of(9000, shop), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("lab", StoryHost.Of(9001, lab), Token), Token);

        using var answer = await host.Client.PostAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures",
            new
            {
                put = new[]
                {
                    new { name = "shop", spec = StoryHost.Of(9001, shop) },
                    new { name = "lab", spec = StoryHost.Of(9000, lab) },
                },
            },
            Token
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        await host.SucceedAsync(answer.Headers.Location ?? throw new InvalidOperationException("The batch has no operation."), Token);

        Assert.Equal("shop jose", await Dialing.AskAsync(await host.AddressAsync("shop", Token), 9001, Token));
        Assert.Equal("lab jose", await Dialing.AskAsync(await host.AddressAsync("lab", Token), 9000, Token));
    }
}
