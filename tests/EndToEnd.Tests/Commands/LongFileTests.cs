namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>Files with more than a hundred exposures, against the cluster that the tests of all commands share.</summary>
public sealed class LongFileTests(CommandLine meshPort) : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await meshPort.Turn.WaitAsync(Token);

    public ValueTask DisposeAsync()
    {
        meshPort.Turn.Release();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_long_file_is_planned_with_two_dry_runs_which_see_conflicts_with_exposures_outside_it()
    {
        (await meshPort.RunAsync("expose", "20149", "--to", "tcpecho:9000", "--no-wait", "--name", "outside")).Must(0);
        try
        {
            var head = await File.ReadAllTextAsync(meshPort.Changed("expect: \"hello jose\"", "expect: \"hello\""), Token);
            var file = meshPort.Write("long.yaml", $"{head}\n{Exposures(20000, 149)}");
            var plan = (await meshPort.RunAsync("plan", "-f", file, "--verbose"))
                .Must(2)
                .Says("""^      ~ probe\.expect: "hello jose" -> "hello"$""")
                .Says(@"^  \+ exposure m20148 ")
                .Says(@"^  \+ VirtualService default/meshport-m20148 ")
                .Says("^Plan: [0-9]+ to create, 2 to update, 0 to delete.$");
            Assert.Equal(2, plan.Errors.Split('\n').Count(line => line.Contains("dryRun=true", StringComparison.Ordinal)));

            var wrong = meshPort.Write("wrong.yaml", $"{head}\n{Exposures(20000, 150)}");
            var at = File.ReadAllLines(wrong).Index().Single(line => line.Item == "      port: 20149").Index + 1;
            var error =
                $"{wrong}:{at}:7: exposures[150].spec.port: Port 20149 of the external gateway is already claimed by exposure 'outside'.";
            (await meshPort.RunAsync("plan", "-f", wrong)).Must(2).Complains(error);
            (await meshPort.RunAsync("apply", "-f", wrong, "--yes")).Must(2).Complains(error);
        }
        finally
        {
            (await meshPort.RunAsync("delete", "exposure", "outside", "--yes")).Must(0);
        }
    }

    [Fact]
    public async Task Many_exposures_are_pruned_with_two_dry_runs()
    {
        var file = meshPort.Write("many.yaml", $"{await File.ReadAllTextAsync(CommandLine.Sample, Token)}\n{Exposures(21000, 120)}");
        var accepted = (await meshPort.RunAsync("apply", "-f", file, "--yes", "--no-wait", "-o", "json")).Must(0).Json;
        try
        {
            var changes = accepted.GetProperty("accepted").EnumerateArray().ToList();
            Assert.Equal(120, changes.Count); // cluster and tcpecho are unchanged
            Assert.All(
                changes,
                change =>
                {
                    Assert.Matches("/exposures/m21[0-9]{3}$", change.GetProperty("resource").GetString());
                    Assert.EndsWith(
                        $"{CommandLine.ClusterPath}/operations/{change.GetProperty("operation").GetString()}",
                        change.GetProperty("url").GetString(),
                        StringComparison.Ordinal
                    );
                }
            );

            var plan = (await meshPort.RunAsync("plan", "-f", CommandLine.Sample, "--prune", "--verbose"))
                .Must(2)
                .Says("^  - exposure m21119 ")
                .Says("^Plan: [0-9]+ to create, [0-9]+ to update, [0-9]{3} to delete\\.$");
            Assert.Equal(2, plan.Errors.Split('\n').Count(line => line.Contains("dryRun=true", StringComparison.Ordinal)));
        }
        finally
        {
            (await meshPort.RunAsync("apply", "-f", CommandLine.Sample, "--prune", "--yes", "-q")).Must(0);
        }

        var nothing = (await meshPort.RunAsync("apply", "-f", CommandLine.Sample, "--no-wait", "-o", "json")).Must(0).Json;
        Assert.Equal(0, nothing.GetProperty("accepted").GetArrayLength());
    }

    /// <summary>Items of a file, each with the port of its name.</summary>
    private static string Exposures(int first, int count) =>
        string.Concat(
            Enumerable
                .Range(first, count)
                .Select(port => $"  - name: m{port}\n    spec:\n      port: {port}\n      backends: [{{service: tcpecho, port: 9000}}]\n")
        );
}
