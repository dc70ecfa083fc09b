using System.Text.Json;
using MeshPort.Host.Api;

namespace MeshPort.EndToEnd.Tests;

/// <summary>A failing exposure does not affect the others.</summary>
public sealed class SeveralExposuresTests
{
    private const double TimeScale = 60; // the broken exposure has a deadline of five minutes, enough for another request

    [Fact]
    public async Task A_failing_workload_and_a_missing_backend_block_no_other_exposure()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var host = await MeshPortHost.StartReadyAsync(cancellationToken, timeScale: TimeScale);
        using var api = new MeshPortApi(host.Functions.Address);
        var path = Walkthrough.Environment.Path;

        var broken = await AskAsync(
            api,
            "broken",
            """{"port":9001,"backends":[{"service":"broken","port":9001}],"workload":{"image":"no/such-image:1","containerPort":9001}}"""
        );
        await AskAsync(api, "lost", """{"port":9002,"backends":[{"service":"nobody","port":9002}]}""");
        var good = await AskAsync(api, "good", Echo(9000));
        var goodEnd = await EndAsync(api, good, cancellationToken);
        var late = await AskAsync(api, "late", Echo(9003)); // joins while the broken one waits
        var lateEnd = await EndAsync(api, late, cancellationToken);
        var brokenEnd = await EndAsync(api, broken, cancellationToken);

        Assert.Equal(("Succeeded", "Succeeded", "Failed"), (goodEnd.Status, lateEnd.Status, brokenEnd.Status));
        Assert.True(goodEnd.EndedAt < brokenEnd.EndedAt, "the good one waited for the broken one");
        Assert.True(lateEnd.EndedAt < brokenEnd.EndedAt, "the late one waited for the broken one");
        Assert.Equal("WorkloadFailed", await ReasonAsync(api, "broken", "WorkloadReady", cancellationToken));
        Assert.Equal("BackendNotFound", await ReasonAsync(api, "lost", "RouteProgrammed", cancellationToken));

        async Task<Uri> AskAsync(MeshPortApi to, string name, string spec) =>
            Assert.IsType<Uri>((await to.PutAsync($"{path}/exposures/{name}", JsonElement.Parse(spec), cancellationToken)).Operation);
    }

    private static string Echo(int port) =>
        """
            {"port":PORT,"backends":[{"service":"echoPORT","port":PORT}],"probe":{"send":"jose\n","expect":"hello jose"},
            "workload":{"image":"istio/tcp-echo-server:1.1","args":["PORT","hello"],"containerPort":PORT}}
            """.Replace("PORT", $"{port}", StringComparison.Ordinal);

    private static async Task<OperationView> EndAsync(MeshPortApi api, Uri operation, CancellationToken cancellationToken)
    {
        var view = await api.GetOperationAsync(operation, cancellationToken);
        await Wait.UntilAsync(
            $"operation {operation} is over",
            Walkthrough.Within,
            async () => (view = await api.GetOperationAsync(operation, cancellationToken)).IsOver,
            cancellationToken
        );
        return view;
    }

    private static async Task<string?> ReasonAsync(
        MeshPortApi api,
        string exposure,
        string condition,
        CancellationToken cancellationToken
    ) =>
        (await api.GetAsync($"{Walkthrough.Environment.Path}/exposures/{exposure}", cancellationToken))
            .Status?.Conditions?.Single(found => found.Type == condition)
            .Reason;
}
