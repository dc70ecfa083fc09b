using MeshPort.Host.Hosting;
using MeshPort.Sandbox.World;

namespace MeshPort.EndToEnd.Tests;

public sealed class HostingTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public void A_fast_clock_continues_after_a_restart_with_the_same_epoch_and_scale()
    {
        var first = Assert.IsType<SandboxClock>(KeptClock.Open(_directory.Path, 300));
        var second = Assert.IsType<SandboxClock>(KeptClock.Open(_directory.Path, 60));

        Assert.Equal((first.Epoch, first.Scale), (second.Epoch, second.Scale));
    }

    [Fact]
    public void Without_a_scale_time_is_real() => Assert.Same(TimeProvider.System, KeptClock.Open(_directory.Path, null));

    [Fact]
    public void A_data_directory_has_one_owner_until_it_is_released()
    {
        using (var first = DataDirectory.Open(_directory.Path))
        {
            var refusal = Assert.Throws<StartupException>(() => DataDirectory.Open(_directory.Path));
            Assert.Contains($"{_directory.Path} is in use by process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        }

        using var second = DataDirectory.Open(_directory.Path);
    }

    [Fact]
    public void A_data_directory_that_is_a_file_is_refused_in_one_line()
    {
        var file = _directory.Write("file", "");

        var refusal = Assert.Throws<StartupException>(() => DataDirectory.Open(file));

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Settings_come_from_the_file()
    {
        var file = _directory.Write("settings.json", """{"MeshPort":{"Azure":{"TenantId":"of the file"}}}""");

        Assert.Equal("of the file", MeshPortSettings.FromEnvironment(new FileInfo(file))["MeshPort:Azure:TenantId"]);
    }

    public void Dispose() => _directory.Dispose();
}
