using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;

namespace MeshPort.EndToEnd.Tests;

public sealed class ServeTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("--sandbox")]
    [InlineData("--time-scale=60")] // with Azure, since the start sends no request to Azure
    public async Task A_port_in_use_is_one_line_that_names_the_port_and_the_process(string option)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var errors = await FailAsync("serve", option, "--data", _directory.Path, "--port", $"{port}");

        Assert.Contains(
            $"port {port} on 127.0.0.1 is in use by another process",
            Assert.Single(errors.Split('\n')),
            StringComparison.Ordinal
        );
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"(pid {Environment.ProcessId}, ", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_data_directory_in_use_is_one_line_that_names_it_and_its_holder()
    {
        await using var first = MeshPortProcess.Start(null, "serve", "--sandbox", "--data", _directory.Path, "--port", "0");
        await first.ReadyAsync(TestContext.Current.CancellationToken);

        var errors = await FailAsync("serve", "--sandbox", "--data", _directory.Path, "--port", "0");

        Assert.Contains(
            $"The data directory {_directory.Path} is in use by process ",
            Assert.Single(errors.Split('\n')),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_settings_file_that_is_not_json_is_one_line()
    {
        var settings = _directory.Write("settings.json", "{ \"MeshPort\": ");

        var errors = await FailAsync("serve", "--settings", settings, "--data", Path.Combine(_directory.Path, "data"), "--port", "0");

        Assert.Contains($"The settings file {settings} is not valid JSON", Assert.Single(errors.Split('\n')), StringComparison.Ordinal);
        Assert.Contains("LineNumber: 0", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sandbox", """{ "PortBudget": "many" }""", "The setting MeshPort:PortBudget is 'many'")]
    [InlineData("--time-scale=60", """{ "PortBudget": "many" }""", "The setting MeshPort:PortBudget is 'many'")]
    [InlineData(
        "--sandbox",
        """{ "Access": { "Operator": { "Namespaces": ["shop"] } } }""",
        "MeshPort does not know the setting MeshPort:Access:Operator:Namespaces:0. Write MeshPort:Access:Operator:Namespaces as one text"
    )]
    public async Task A_wrong_setting_of_the_file_is_one_line_that_names_it(string option, string wrong, string error)
    {
        var settings = _directory.Write("settings.json", $$"""{ "MeshPort": {{wrong}} }""");

        var errors = await FailAsync(
            "serve",
            option,
            "--settings",
            settings,
            "--data",
            Path.Combine(_directory.Path, "data"),
            "--port",
            "0"
        );

        Assert.Contains(error, Assert.Single(errors.Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("meshport.db", "The state file ")]
    [InlineData("durable.db", "' cannot be opened (")]
    [InlineData("clock.json", "The clock in ")]
    public async Task A_damaged_file_of_the_state_stops_the_start_with_one_line_that_names_it(string file, string expected)
    {
        var path = _directory.Write(file, new string('{', 4096));

        var errors = await FailAsync("serve", "--data", _directory.Path, "--port", "0", "--time-scale", "60");

        Assert.Contains(expected, Assert.Single(errors.Split('\n')), StringComparison.Ordinal);
        Assert.Contains(path, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_of_another_version_stops_the_start()
    {
        var path = Path.Combine(_directory.Path, "meshport.db");
        await using (var database = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = database.CreateCommand();
            command.CommandText = "PRAGMA user_version=99; CREATE TABLE rows (key TEXT)";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var errors = await FailAsync("serve", "--data", _directory.Path, "--port", "0");

        Assert.Contains(
            $"Another version of MeshPort wrote the state file {path}: it has format 99",
            Assert.Single(errors.Split('\n')),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_empty_path_is_refused_with_the_name_of_its_option() =>
        Assert.Contains("--settings is ''; write a path.", await FailAsync("serve", "--settings", ""), StringComparison.Ordinal);

    [Fact]
    public async Task A_stop_signal_ends_it_in_order()
    {
        await using var process = MeshPortProcess.Start(null, "serve", "--sandbox", "--data", _directory.Path, "--port", "0");
        await process.ReadyAsync(TestContext.Current.CancellationToken);

        await process.TerminateAsync(TestContext.Current.CancellationToken);

        var exitCode = await process.ExitCodeAsync(Walkthrough.Within, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, $"exit code {exitCode}\n{process.Output}\n{process.Errors}");
        Assert.DoesNotContain("did not stop in time", process.Errors, StringComparison.Ordinal); // nothing was under way
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<string> FailAsync(params string[] arguments)
    {
        await using var process = MeshPortProcess.Start(null, arguments);
        var exitCode = await process.ExitCodeAsync(Walkthrough.Within, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 2, $"exit code {exitCode}\n{process.Output}\n{process.Errors}");
        Assert.Equal("", process.Output.Trim());
        return process.Errors.Trim();
    }
}
