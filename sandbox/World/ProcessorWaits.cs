using System.Globalization;

namespace MeshPort.Sandbox.World;

/// <summary>
/// How long the threads of this process have run and how long they were ready to run and waited for a processor, from Linux
/// (/proc/self/task/*/schedstat, in nanoseconds; documentation "Scheduler Statistics" of the kernel). Other systems report nothing.
/// </summary>
internal sealed class ProcessorWaits
{
    private const string Threads = "/proc/self/task";
    private Dictionary<string, (long Run, long Waited)> _before = [];

    /// <returns>The times since the last call, of all threads that live now.</returns>
    public (TimeSpan Run, TimeSpan Waited) Measure()
    {
        if (!Directory.Exists(Threads))
        {
            return default;
        }

        var now = new Dictionary<string, (long Run, long Waited)>(_before.Count);
        var (run, waited) = (0L, 0L);
        foreach (var thread in Directory.EnumerateDirectories(Threads))
        {
            if (Read(thread) is { } figures)
            {
                now[thread] = figures;
                var before = _before.GetValueOrDefault(thread);
                run += figures.Run - before.Run;
                waited += figures.Waited - before.Waited;
            }
        }

        _before = now;
        return (Time(run), Time(waited));
    }

    /// <param name="nanoseconds">Negative if the number of a thread that ended was given to another.</param>
    private static TimeSpan Time(long nanoseconds) => TimeSpan.FromMicroseconds(Math.Max(nanoseconds, 0) / 1000);

    private static (long Run, long Waited)? Read(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/schedstat").Split(' ') is [var run, var waited, ..]
                ? (long.Parse(run, CultureInfo.InvariantCulture), long.Parse(waited, CultureInfo.InvariantCulture))
                : null;
        }
        catch (IOException) // the thread has ended, or the kernel keeps no such figures
        {
            return null;
        }
    }
}
