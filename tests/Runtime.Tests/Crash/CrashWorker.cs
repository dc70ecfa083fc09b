using System.Diagnostics;
using System.Globalization;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>The child process that runs the scenario and kills itself at one commit.</summary>
internal static class CrashWorker
{
    public const string Argument = "--crash-worker";

    /// <returns>0 when the scenario ended before that commit.</returns>
    public static async Task<int> RunAsync(string directory, string point, string commit)
    {
        var (diesAt, last) = (Enum.Parse<CommitPoint>(point), int.Parse(commit, CultureInfo.InvariantCulture));
        using var self = Process.GetCurrentProcess();
        var commits = 0;
        await Scenario.RunAsync(directory, Reached, CancellationToken.None);
        return 0;

        void Reached(CommitPoint reached)
        {
            // The writer commits one group at a time.
            commits += reached == CommitPoint.Before ? 1 : 0;
            if (commits == last && reached == diesAt)
            {
                self.Kill(); // SIGKILL on Unix
            }
        }
    }
}
