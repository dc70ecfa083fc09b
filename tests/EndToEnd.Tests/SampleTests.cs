using MeshPort.Host.Environments;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Each sample, applied as its first lines say.</summary>
public sealed class SampleTests
{
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
        var demo = await DemoInProcess.RunAsync(Path.Combine(Repository.Root, "samples", name));

        Assert.SkipWhen(demo.Errors.Contains("may not listen", StringComparison.Ordinal), "This user may not listen on a port below 1024.");
        demo.Must(0);
        Assert.Contains("exposure ", demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT as desired", demo.Output, StringComparison.Ordinal);
    }
}
