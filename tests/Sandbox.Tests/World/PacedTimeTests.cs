using MeshPort.Sandbox.World;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MeshPort.Sandbox.Tests.World;

public sealed class PacedTimeTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Measurement = 4 * Look;
    private readonly FakeTimeProvider _real = new();
    private (TimeSpan Run, TimeSpan Waited) _figures = (Measurement / 100, TimeSpan.Zero);

    [Fact]
    public void On_an_idle_machine_it_is_real_time()
    {
        using var paced = Start();
        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(_real.GetUtcNow(), paced.GetUtcNow());
    }

    [Fact]
    public void It_loses_the_time_for_which_one_thread_after_another_waits_for_a_processor()
    {
        using var paced = Start();
        _figures = (0.05 * Measurement, 0.2 * Measurement);
        Pass(Measurement);
        var before = paced.GetUtcNow();

        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromSeconds(48), paced.GetUtcNow() - before);
    }

    [Fact]
    public void While_many_threads_at_once_wait_for_a_processor_as_long_as_they_run_it_passes_at_half_its_speed()
    {
        using var paced = Start();
        _figures = (2 * Measurement, 2 * Measurement);
        Pass(Measurement);
        var (before, stamp) = (paced.GetUtcNow(), paced.GetTimestamp());

        Pass(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromSeconds(30), paced.GetUtcNow() - before);
        Assert.Equal(TimeSpan.FromSeconds(30), paced.GetElapsedTime(stamp));
    }

    [Fact]
    public void It_does_not_step_back_with_the_systems_time()
    {
        using var paced = Start();
        Pass(TimeSpan.FromSeconds(1));
        var before = paced.GetUtcNow();

        _real.AdjustTime(_real.GetUtcNow().AddMinutes(-1));

        Assert.Equal(before, paced.GetUtcNow());
    }

    [Fact]
    public void A_burst_of_waiting_is_forgotten()
    {
        using var paced = Start();
        _figures = (Measurement / 10, 10 * Measurement);
        Pass(TimeSpan.FromSeconds(1));
        _figures = (Measurement, TimeSpan.Zero);
        Pass(TimeSpan.FromSeconds(2));
        var before = paced.GetUtcNow();

        Pass(TimeSpan.FromSeconds(1));

        Assert.InRange(paced.GetUtcNow() - before, TimeSpan.FromSeconds(0.99), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void It_passes_slowly_even_when_no_thread_gets_a_processor()
    {
        using var paced = Start();
        _figures = (TimeSpan.Zero, 10 * Measurement);
        Pass(TimeSpan.FromSeconds(1));
        var before = paced.GetUtcNow();

        Pass(TimeSpan.FromSeconds(100));

        Assert.InRange(paced.GetUtcNow() - before, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2.1));
    }

    [Fact]
    public void It_stands_still_while_the_thread_pool_is_late()
    {
        using var paced = Start();
        var before = paced.GetUtcNow();

        _real.Advance(TimeSpan.FromMinutes(1)); // in one step: no look happened in between

        Assert.Equal(2 * Look, paced.GetUtcNow() - before);
        Pass(TimeSpan.FromSeconds(1));
        Assert.Equal((2 * Look) + TimeSpan.FromSeconds(1), paced.GetUtcNow() - before);
    }

    [Fact]
    public void The_threads_of_this_process_are_measured_on_Linux()
    {
        Assert.SkipUnless(File.Exists("/proc/self/schedstat"), "The kernel keeps no figures of waiting threads.");
        var waits = new ProcessorWaits();
        waits.Measure();
        var start = TimeProvider.System.GetTimestamp();
        var spent = Environment.CpuUsage.TotalTime;
        while (Environment.CpuUsage.TotalTime - spent < TimeSpan.FromMilliseconds(50)) { }

        var (run, waited) = waits.Measure();

        Assert.InRange(run, TimeSpan.FromMilliseconds(20), TimeSpan.MaxValue);
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.MaxValue);
        Assert.True(TimeProvider.System.GetElapsedTime(start) > TimeSpan.Zero);
    }

    private PacedTime Start() => new(_real, () => _figures);

    /// <summary>As time passes where nothing is late.</summary>
    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Look)
        {
            _real.Advance(Look);
        }
    }
}
