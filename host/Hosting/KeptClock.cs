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
            return new SandboxClock(kept.Scale, kept.At, isPaced: kept.IsPaced);
        }

        var clock = new SandboxClock(wanted);
        Keep(dataDirectory, clock, isPaced: true);
        return clock;
    }

    /// <summary>Stores the epoch and the speed of a clock, for the next <see cref="Open"/>.</summary>
    /// <param name="isPaced">Whether the time slows down while the process waits for a processor.</param>
    public static void Keep(string dataDirectory, SandboxClock clock, bool isPaced)
    {
        var path = Path.Combine(dataDirectory, FileName);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(new Epoch(clock.Epoch, clock.Scale, isPaced)));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static Epoch? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<Epoch>(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            throw new StartupException(
                $"The clock in {path} cannot be read. Delete that file; simulated time then restarts from the present."
            );
        }
    }

    private sealed record Epoch(DateTimeOffset At, double Scale, bool IsPaced);
}
