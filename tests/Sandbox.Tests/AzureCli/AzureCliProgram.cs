using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace MeshPort.Sandbox.Tests.AzureCli;

/// <summary>Runs <c>az</c> with its own configuration and no other certificate authority than the sandbox's.</summary>
internal sealed class AzureCliProgram
{
    /// <summary>
    /// Debian's azure-cli 2.45 comes without azure.mgmt.network.v2022_01_01, and its network commands fail before they send anything. The
    /// next version has the same shapes.
    /// </summary>
    private const string Site = """
        import importlib.util, os, sys
        class NextVersion:
            def find_spec(self, name, path=None, target=None):
                if name == "azure.mgmt.network.v2022_01_01":
                    folder = os.path.join(list(path)[0], "v2022_07_01")
                    return importlib.util.spec_from_file_location(
                        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
        sys.meta_path.append(NextVersion())
        """;

    private readonly string _directory;
    private readonly string _authority;

    public AzureCliProgram(string directory, string authorityPem)
    {
        _directory = directory;
        _authority = Path.Combine(directory, "ca.pem");
        File.WriteAllText(_authority, authorityPem);
        File.WriteAllText(Path.Combine(directory, "sitecustomize.py"), Site);
    }

    public async Task<bool> IsInstalledAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await StartAsync("version", cancellationToken)).Code == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <param name="arguments">Separated by single spaces.</param>
    /// <returns>The standard output without the last line break.</returns>
    public async Task<string> RunAsync(string arguments, CancellationToken cancellationToken)
    {
        var (code, output, error) = await StartAsync(arguments, cancellationToken);
        Assert.True(code == 0, $"az {arguments}: {error}");
        return output.Trim();
    }

    private async Task<(int Code, string Output, string Error)> StartAsync(string arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("az", arguments.Split(' ')) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (
            var (name, value) in (ReadOnlySpan<(string, string)>)
                [
                    ("AZURE_CONFIG_DIR", Path.Combine(_directory, "azure")),
                    ("AZURE_CORE_COLLECT_TELEMETRY", "no"),
                    ("HOME", _directory),
                    ("PYTHONPATH", _directory),
                    ("REQUESTS_CA_BUNDLE", _authority),
                ]
        )
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("az did not start.");
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(cancellationToken),
            process.StandardError.ReadToEndAsync(cancellationToken)
        );
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
