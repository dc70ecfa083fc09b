using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using MeshPort.Host.Hosting;
using MeshPort.Sandbox;
using Microsoft.Extensions.Configuration;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The executable as a child process, as a person or a supervisor starts it.</summary>
internal sealed partial class MeshPortProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(5);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MeshPortProcess(Process process) => _process = process;

    /// <summary>Whether the processes start fast and then run slowly. Measurements turn it off.</summary>
    public static bool LivesForSeconds { get; set; } = true;

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors);

    /// <summary>The largest amount of memory that it has held, in bytes.</summary>
    public long PeakWorkingSet { get; private set; }

    /// <summary>The memory when it was last measured, in bytes.</summary>
    public long WorkingSet { get; private set; }

    /// <summary>The settings in the environment, as an operator sets them.</summary>
    public static IReadOnlyDictionary<string, string> Settings(AzureSandbox sandbox) =>
        MeshPortSettings
            .For(sandbox)
            .AsEnumerable()
            .Where(setting => setting.Value is not null)
            .ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value ?? "");

    /// <summary>Starts <c>serve</c> on a free port.</summary>
    /// <param name="data">The data directory.</param>
    public static MeshPortProcess Serve(IReadOnlyDictionary<string, string> environment, string data, int timeScale) =>
        Start(environment, "serve", "--port", "0", "--data", data, "--time-scale", $"{timeScale}");

    public static MeshPortProcess Start(IReadOnlyDictionary<string, string>? environment, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "meshport.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (LivesForSeconds)
        {
            // Code that is compiled again for speed costs a fifth of the processor time, and mapping it twice a tenth.
            start.Environment["DOTNET_TC_CallCountingDelayMs"] = "5000";
            start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var child = new MeshPortProcess(process);
        process.OutputDataReceived += (_, line) => child.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => child._errors.Enqueue(line.Data ?? "");
        process.Exited += (_, _) => child._ready.TrySetException(new InvalidOperationException("The process ended before it was ready."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The address that <c>serve</c> prints.</summary>
    public async Task<Uri> ReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _ready.Task.WaitAsync(ReadyWithin, Wait.Time, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"{exception.Message}\n--- stdout\n{Output}\n--- stderr\n{Errors}", exception);
        }
    }

    /// <summary>Waits for a text on stdout.</summary>
    public async Task SaysAsync(string text, TimeSpan within, CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(
            $"says '{text}'",
            within,
            () => _process.HasExited || Output.Contains(text, StringComparison.Ordinal),
            cancellationToken
        );
        if (!Output.Contains(text, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"The process ended without printing '{text}'.\n--- stdout\n{Output}\n--- stderr\n{Errors}"
            );
        }
    }

    /// <summary>Writes standard input and closes it.</summary>
    public async Task WriteInputAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        _process.StandardInput.Close();
    }

    /// <summary>SIGINT, as a terminal sends it for Ctrl+C.</summary>
    public Task InterruptAsync(CancellationToken cancellationToken) => SignalAsync("-INT", cancellationToken);

    /// <summary>SIGTERM, as a supervisor sends it.</summary>
    public Task TerminateAsync(CancellationToken cancellationToken) => SignalAsync("-TERM", cancellationToken);

    private async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits for the end and records the memory meanwhile, since the system forgets it with the process.</summary>
    public async Task<int> ExitCodeAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(within, Wait.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var ended = _process.WaitForExitAsync(deadline.Token);
        using var sampling = new PeriodicTimer(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        while (!ended.IsCompleted)
        {
            PeakWorkingSet = Math.Max(PeakWorkingSet, MemoryUnlessOver());
            await Task.WhenAny(ended, sampling.WaitForNextTickAsync(deadline.Token).AsTask());
        }

        await ended;
        return _process.ExitCode;
    }

    private long MemoryUnlessOver()
    {
        try
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it has ended between the two calls
        }
    }

    /// <summary>Records the memory, and returns the processor time.</summary>
    public TimeSpan Measure()
    {
        _process.Refresh();
        (WorkingSet, PeakWorkingSet) = (_process.WorkingSet64, Math.Max(PeakWorkingSet, _process.PeakWorkingSet64));
        return _process.TotalProcessorTime;
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private void Hear(string? line)
    {
        _output.Enqueue(line ?? "");
        if (line is not null && ReadyLine().Match(line) is { Success: true } match)
        {
            _ready.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex(@"^MeshPort is ready at (http://127\.0\.0\.1:[0-9]+/)")]
    private static partial Regex ReadyLine();
}
