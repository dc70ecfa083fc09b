using System.Text.Json;
using System.Text.RegularExpressions;

[assembly: AssemblyFixture(typeof(MeshPort.EndToEnd.Tests.Commands.CommandLine))]

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>
/// One <c>serve --sandbox</c> for the tests of all commands, with the sample applied, and the executable as a client of it. Its user has
/// own directories for data and settings.
/// </summary>
public sealed class CommandLine : IAsyncDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3);
    private readonly TestDirectory _home = new();
    private readonly Lazy<Task<MeshPortProcess>> _server;

    public CommandLine() => _server = new(StartAsync);

    /// <summary>The cluster of the sample.</summary>
    public const string ClusterPath = "/api/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/istiotest/clusters/istiotest";

    public static string Sample => Path.Combine(AppContext.BaseDirectory, "samples", "tcpecho.yaml");

    /// <summary>The first apply of the sample.</summary>
    internal Outcome FirstApply { get; private set; } = new(-1, "", "");

    internal Dictionary<string, string> Environment => UserOf(_home);

    /// <summary>A user whose files are in a directory of the test, and who has set none of the variables.</summary>
    internal static Dictionary<string, string> UserOf(TestDirectory home) =>
        new()
        {
            ["XDG_DATA_HOME"] = home["data"],
            ["XDG_CONFIG_HOME"] = home["config"],
            ["NO_COLOR"] = "",
            ["MESHPORT_URL"] = "",
            ["MESHPORT_KEY"] = "",
        };

    internal string this[string file] => _home[file];

    /// <summary>Held by a test that uses the cluster, so that such tests run one after another.</summary>
    internal SemaphoreSlim Turn { get; } = new(1);

    internal string Write(string name, string text) => _home.Write(name, text);

    /// <summary>Writes the sample with other texts.</summary>
    internal string Changed(string right, string wrong, params (string Right, string Wrong)[] more)
    {
        var text = more.Append((right, wrong))
            .Aggregate(
                File.ReadAllText(Sample),
                (file, change) =>
                {
                    Assert.Contains(change.Item1, file, StringComparison.Ordinal);
                    return file.Replace(change.Item1, change.Item2, StringComparison.Ordinal);
                }
            );
        return Write($"{Guid.NewGuid():N}.yaml", text);
    }

    /// <summary>Runs a command against the server, which it finds by its data directory.</summary>
    internal async Task<Outcome> RunAsync(params string[] arguments)
    {
        await ReadyAsync();
        return await RunAloneAsync(Environment, null, arguments);
    }

    /// <summary>Runs a command with standard input.</summary>
    internal async Task<Outcome> RunWithInputAsync(string input, params string[] arguments)
    {
        await ReadyAsync();
        return await RunAloneAsync(Environment, input, arguments);
    }

    /// <summary>Runs a command without the server.</summary>
    internal static async Task<Outcome> RunAloneAsync(Dictionary<string, string> environment, string? input, params string[] arguments)
    {
        await using var process = MeshPortProcess.Start(environment, arguments);
        await process.WriteInputAsync(input ?? "");
        var exitCode = await process.ExitCodeAsync(Within, TestContext.Current.CancellationToken);
        return new Outcome(exitCode, process.Output, process.Errors);
    }

    internal async Task<MeshPortProcess> StartAsync(params string[] arguments)
    {
        await ReadyAsync();
        return MeshPortProcess.Start(Environment, arguments);
    }

    internal Task ReadyAsync() => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }

        _home.Dispose();
        Turn.Dispose();
    }

    private async Task<MeshPortProcess> StartAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The directories of a user are redirected by XDG variables.");
        var server = MeshPortProcess.Start(Environment, "serve", "--sandbox", "--port", "0", "--time-scale", "240");
        await server.ReadyAsync(CancellationToken.None);
        FirstApply = await RunAloneAsync(Environment, null, "apply", "-f", Sample, "--yes");
        return server;
    }
}

/// <summary>How a command ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Fails with everything that was printed.</summary>
    public Outcome Must(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}\n--- stdout\n{Output}\n--- stderr\n{Errors}");
        return this;
    }

    public Outcome Says(string pattern)
    {
        Assert.True(
            Regex.IsMatch(Output, pattern, RegexOptions.Multiline),
            $"no match of {pattern}\n--- stdout\n{Output}\n--- stderr\n{Errors}"
        );
        return this;
    }

    public Outcome Complains(string text)
    {
        Assert.Contains(text, Errors, StringComparison.Ordinal);
        return this;
    }
}
