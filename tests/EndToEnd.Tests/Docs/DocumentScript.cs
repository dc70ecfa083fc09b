using System.Diagnostics;
using System.Globalization;
using System.Text;
using MeshPort.EndToEnd.Tests.Commands;

namespace MeshPort.EndToEnd.Tests.Docs;

/// <summary>
/// The commands of one document, run by one bash in the order of the document, as a person copies them into a terminal. The directory has
/// the folder <c>samples</c>. Each block is a file that the shell reads, so that variables stay.
/// </summary>
internal sealed class DocumentScript : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);
    private readonly TestDirectory _home = new();
    private readonly IReadOnlyList<CodeBlock> _blocks;

    public DocumentScript(IReadOnlyList<CodeBlock> blocks)
    {
        _blocks = blocks;
        Directory.CreateDirectory(_home["work"]);
        Directory.CreateDirectory(_home["programs"]);
        Directory.CreateSymbolicLink(_home["work/samples"], Path.Combine(Repository.Root, "samples"));
        // A test takes any free port.
        AddProgram(
            "meshport",
            $"""
            [ "$1" != serve ] || set -- "$@" --port 0
            exec dotnet exec '{Path.Combine(AppContext.BaseDirectory, "meshport.dll")}' "$@"
            """
        );
        if (Environment.GetEnvironmentVariable("MESHPORT_TEST_KUBECTL") is { Length: > 0 } kubectl)
        {
            AddProgram("kubectl", $"exec '{kubectl}' \"$@\"");
        }
    }

    public static bool IsTested(CodeBlock block) => block.Language == "sh" && block.Words.Contains("test");

    /// <summary>Whether a block shows the output of the tested block before it.</summary>
    public static bool IsOutput(CodeBlock block) => block.Language == "text" && block.Words.Contains("output");

    /// <summary>Runs all blocks, and compares their output with what the document shows.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/bash", [_home.Write("all.sh", Script())]) { RedirectStandardError = true };
        foreach (var (name, value) in CommandLine.UserOf(_home))
        {
            start.Environment[name] = value;
        }

        start.Environment["PATH"] = $"{_home["programs"]}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["DOTNET_TieredPGO"] = "0"; // as MeshPortProcess
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "5000";
        using var shell = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        using var late = new CancellationTokenSource(Within, Wait.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            var errors = await shell.StandardError.ReadToEndAsync(deadline.Token);
            await shell.WaitForExitAsync(deadline.Token);
            Assert.True(shell.ExitCode == 0, $"{Begun()} ended with {shell.ExitCode}. {errors}");
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{Begun()} did not end.");
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
        }

        foreach (var (block, number) in _blocks.Select((block, number) => (block, number)).Where(one => IsOutput(one.block)))
        {
            var actual = OutputOf(number - 1);
            Assert.True(ShownOutput.Matches(block.Text, actual), $"{block.Place} does not show this output:\n{actual}");
        }
    }

    public void Dispose() => _home.Dispose();

    private string Script()
    {
        var script = new StringBuilder(
            $$"""
            set -eu
            servers=()
            trap 'for server in "${servers[@]}"; do kill -- "-$server" && wait "$server" || true; done' EXIT
            cd '{{_home["work"]}}'

            """
        );
        for (var number = 0; number < _blocks.Count; number++)
        {
            if (IsTested(_blocks[number]))
            {
                script.Append(CultureInfo.InvariantCulture, $"echo {number} > '{_home["begun"]}'\n{Run(number)}\n");
            }
        }

        return script.ToString();
    }

    /// <summary>Runs a block, which prints into a file.</summary>
    private string Run(int number)
    {
        var (block, output) = (_blocks[number], _home[$"{number}.out"]);
        var run = $". '{_home.Write($"{number}.sh", block.Text)}' >'{output}' 2>&1 </dev/null";
        if (block.Words.Contains("background"))
        {
            // With job control, the job is a group of processes that one signal ends. With a trap, its shell ends after its program, so
            // that the program has removed its files when the directory is deleted.
            var beginning = ShownOutput.Beginning(_blocks[number + 1].Text);
            return $$"""
                set -m; { trap : TERM; {{run}}; } & servers+=($!); set +m
                until grep -qF '{{beginning}}' '{{output}}' 2>/dev/null; do kill -0 "$!"; sleep 0.1; done
                """;
        }

        return block.Words.FirstOrDefault(word => word.StartsWith("exit=", StringComparison.Ordinal)) is { } exit
            ? $"code=0; {run} || code=$?; [ $code = {exit["exit=".Length..]} ]"
            : run;
    }

    private string Begun()
    {
        var number = File.Exists(_home["begun"]) ? int.Parse(File.ReadAllText(_home["begun"]), CultureInfo.InvariantCulture) : 0;
        return $"{_blocks[number].Place}, after the output\n{OutputOf(number)}\n";
    }

    private string OutputOf(int number) => File.Exists(_home[$"{number}.out"]) ? File.ReadAllText(_home[$"{number}.out"]) : "";

    private void AddProgram(string name, string script)
    {
        var file = _home.Write($"programs/{name}", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
