using MeshPort.Host.Environments;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Each sample, applied as its first lines say.</summary>
public sealed class SampleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5); // only a demo that hangs takes longer

    /// <summary>All but the sample of the demo, which has its own tests.</summary>
    public static TheoryData<string> Samples =>
        [
            .. Directory
                .GetFiles(Path.Combine(Repository.Root, "samples"), "*.yaml")
                .Select(Path.GetFileName)
                .OfType<string>()
                .Where(name => name != Path.GetFileName(EnvironmentFile.Sample)),
        ];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_becomes_ready_in_the_simulated_Azure(string name)
    {
        await using var demo = MeshPortProcess.Start(
            null,
            "demo",
            "--file",
            Path.Combine(Repository.Root, "samples", name),
            "--time-scale",
            "240"
        );

        var exitCode = await demo.ExitCodeAsync(Limit, TestContext.Current.CancellationToken);

        Assert.SkipWhen(demo.Errors.Contains("may not listen", StringComparison.Ordinal), "This user may not listen on a port below 1024.");
        Assert.True(exitCode == 0, $"exit code {exitCode}\n{demo.Output}\n{demo.Errors}");
        Assert.Contains("exposure ", demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT as desired", demo.Output, StringComparison.Ordinal);
    }
}
