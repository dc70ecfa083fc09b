using System.Text.Json;
using MeshPort.Sandbox.World;

namespace MeshPort.Host.Hosting;

/// <summary>
/// A fast clock for functions whose sandbox runs in another process. The data directory stores its epoch: durable timers have simulated due
/// times, which must not move after a restart.
/// </summary>
internal static class KeptClock
{
    private const string FileName = "clock.json";

    public static TimeProvider Open(string dataDirectory, double? scale)
    {
        if (scale is not { } wanted)
        {
            return TimeProvider.System;
        }

        var path = Path.Combine(dataDirectory, FileName);
        if (Read(path) is { } kept)
        {
            return new SandboxClock(kept.Scale, kept.Epoch);
        }

        var clock = new SandboxClock(wanted);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(new Epoch(clock.Epoch, clock.Scale)));
        File.Move(path + ".new", path, overwrite: true);
        return clock;
    }

    private static (DateTimeOffset Epoch, double Scale)? Read(string path)
    {
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<Epoch>(File.ReadAllText(path)) is { } epoch
                ? (epoch.At, epoch.Scale)
                : null;
        }
        catch (JsonException)
        {
            throw new StartupException(
                $"The clock in {path} cannot be read. Delete that file; simulated time then restarts from the present."
            );
        }
    }

    private sealed record Epoch(DateTimeOffset At, double Scale);
}
