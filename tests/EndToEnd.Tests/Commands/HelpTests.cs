using MeshPort.Host;
using MeshPort.Host.Commands;

namespace MeshPort.EndToEnd.Tests.Commands;

public sealed class HelpTests
{
    private const string Begin = "<!-- The rest of this page is made from the commands' own help. -->\n";

    [Fact]
    public void The_page_about_the_commands_is_their_own_help()
    {
        var path = Path.Combine(Repository.Root, "docs", "cli.md");
        var page = File.ReadAllText(path);
        var at = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var expected = page[..at] + CommandPage.Write(MeshPortCommands.Create());
        if (Environment.GetEnvironmentVariable("MESHPORT_RECORD_COMMANDS") is { Length: > 0 })
        {
            File.WriteAllText(path, expected);
            page = expected;
        }

        Assert.True(
            page == expected,
            "docs/cli.md differs from the help. Run this test with MESHPORT_RECORD_COMMANDS=1, and read the page."
        );
    }

    [Fact]
    public void Every_client_command_has_examples_and_every_example_is_valid()
    {
        var root = MeshPortCommands.Create();
        var commands = CommandPage.All(root).OfType<ClientCommand>().ToList();

        Assert.All(commands, command => Assert.NotEmpty(command.Examples));
        Assert.All(
            commands.SelectMany(command => command.Examples).SelectMany(Invocations),
            example => Assert.True(root.Parse(example).Errors.Count == 0, $"{example}: {string.Join(' ', root.Parse(example).Errors)}")
        );
    }

    [Theory]
    [InlineData("bash", "-n")]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "--no-execute")]
    public async Task A_completion_script_is_valid_for_its_shell(string shell, string check)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{shell}"), $"This machine has no {shell}.");
        using var directory = new TestDirectory();
        var script = (await CommandLine.RunAloneAsync(CommandLine.UserOf(directory), null, "completion", shell)).Must(0).Output;

        using var process = System.Diagnostics.Process.Start($"/usr/bin/{shell}", [check, directory.Write("script", script)]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task PowerShell_completes_commands_and_values_also_behind_other_commands()
    {
        var shell = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "pwsh"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(shell is null || !OperatingSystem.IsLinux(), "This machine has no pwsh (PowerShell).");
        using var directory = new TestDirectory();
        var executable = Path.Combine(AppContext.BaseDirectory, "meshport.dll");
        var script = directory.Write(
            "try.ps1",
            $$"""
            function meshport { dotnet exec '{{executable}}' @args }
            meshport completion powershell | Out-String | Invoke-Expression
            foreach ($line in 'meshport get o|', 'meshport get clusters -o j|', 'Get-Date; meshport get ex| --port 1') {
              $found = TabExpansion2 -inputScript $line.Replace('|', '') -cursorColumn $line.IndexOf('|')
              $found.CompletionMatches.CompletionText -join ' '
            }
            """
        );

        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(shell, ["-NoProfile", "-File", script]) { RedirectStandardOutput = true }
        );
        Assert.NotNull(process);
        var completed = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["operation operations", "json", "exposure exposures"], completed.Trim().Split('\n'));
    }

    [Fact]
    public async Task Commands_options_and_values_are_completed()
    {
        using var directory = new TestDirectory();

        (await CommandLine.RunAloneAsync(CommandLine.UserOf(directory), null, "[suggest:13]", "meshport get o"))
            .Must(0)
            .Says("^operations$");
        (await CommandLine.RunAloneAsync(CommandLine.UserOf(directory), null, "[suggest:28]", "meshport get exposures --gat"))
            .Must(0)
            .Says("^--gateway$");
        (await CommandLine.RunAloneAsync(CommandLine.UserOf(directory), null, "[suggest:25]", "meshport get clusters -o j"))
            .Must(0)
            .Says("^json$");
    }

    /// <summary>The calls of meshport in a line of a shell, without redirections.</summary>
    private static IEnumerable<string> Invocations(string line) =>
        line.Split('|', '(', ')')
            .Select(part => part.Trim())
            .Where(part => part.StartsWith("meshport ", StringComparison.Ordinal))
            .Select(part => part["meshport ".Length..].Split(" > ")[0].Replace('\'', '"'));
}
