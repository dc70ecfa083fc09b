using System.Diagnostics;
using System.Text;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>The executable in a pseudo-terminal, which <c>script</c> of util-linux makes.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private const string Script = "/usr/bin/script";
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);
    private readonly StringBuilder _screen = new();
    private readonly Process _process;
    private readonly Task _reading;

    private Terminal(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    public string Screen
    {
        get
        {
            lock (_screen)
            {
                return _screen.ToString();
            }
        }
    }

    public static Terminal Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Script), "This machine has no /usr/bin/script to make a pseudo-terminal.");
        var command = string.Join(
            ' ',
            arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "meshport.dll")).Select(text => $"'{text}'")
        );
        var start = new ProcessStartInfo(Script, ["--quiet", "--return", "--command", $"dotnet exec {command}", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TERM"] = "xterm-256color";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new Terminal(Process.Start(start) ?? throw new InvalidOperationException("No process."));
    }

    public async Task TypeAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    public Task SaysAsync(string text) =>
        Wait.UntilAsync(
            $"says '{text}'",
            Within,
            () =>
                Screen.Contains(text, StringComparison.Ordinal)
                || (_process.HasExited ? throw new InvalidOperationException($"It ended without '{text}':\n{Screen}") : false),
            TestContext.Current.CancellationToken
        );

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Within, Wait.Time);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_screen)
            {
                _screen.Append(buffer, 0, count);
            }
        }
    }
}
