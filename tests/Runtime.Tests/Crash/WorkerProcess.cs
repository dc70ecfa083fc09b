using System.Diagnostics;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>Runs this test's executable as a child process, with settings for a fast start.</summary>
internal static class WorkerProcess
{
    /// <summary>A shell's exit code for a process that SIGKILL ended.</summary>
    public const int Killed = 128 + 9;

    public static Process Start(params string[] arguments)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(
            program,
            Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(WorkerProcess).Assembly.Location, .. arguments] : arguments
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start) ?? throw new InvalidOperationException("The worker did not start.");
    }

    /// <returns>The exit code. A worker that does not end in time is killed, and its output is the failure message.</returns>
    public static async Task<int> RunAsync(TimeSpan deadline, CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(deadline, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            process.Kill();
            throw new InvalidOperationException(
                $"The worker {string.Join(' ', arguments)} did not end: {await output}{await errors}",
                exception
            );
        }

        return process.ExitCode is 0 or Killed
            ? process.ExitCode
            : throw new InvalidOperationException($"The worker ended with {process.ExitCode}: {await output}{await errors}");
    }
}
