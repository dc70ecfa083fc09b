using System.Diagnostics;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>A kubectl with its kubeconfig and files, which only this user can read. Deletes them afterwards.</summary>
internal sealed class Kubectl : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshport-kubectl-");

    private readonly string _program;

    /// <summary>Variables for the commands that follow.</summary>
    public Dictionary<string, string> Variables { get; } = new() { ["KUBE_EDITOR"] = "sed -i s/9001/9002/" };

    private Kubectl(string program, string kubeconfig)
    {
        _program = program;
        File.WriteAllText(Path.Combine(_folder.FullName, "config"), kubeconfig);
    }

    /// <summary>Skips the test if kubectl is missing.</summary>
    /// <param name="program">Its path, or its name if it is installed. Null or empty without one.</param>
    public static Kubectl Of(TestCluster cluster, string? program = "kubectl")
    {
        Assert.SkipWhen(string.IsNullOrEmpty(program), "MESHPORT_TEST_KUBECTL names no current kubectl");
        Assert.SkipUnless(
            File.Exists(program)
                || (Environment.GetEnvironmentVariable("PATH") ?? "")
                    .Split(Path.PathSeparator)
                    .Any(folder => File.Exists(Path.Combine(folder, program))),
            $"{program} is not installed"
        );
        return new Kubectl(program, cluster.Fleet.Kubeconfig(TestCluster.Id, KubeconfigKind.BackDoor));
    }

    /// <summary>Skips the test when the client is older.</summary>
    public async Task<Kubectl> SinceAsync(int minor)
    {
        var version = JsonNode.Parse(await RunAsync("version", "--client", "-o", "json")).Text("clientVersion", "minor") ?? "0";
        Assert.SkipUnless(
            int.Parse(version.TrimEnd('+'), System.Globalization.CultureInfo.InvariantCulture) >= minor,
            $"kubectl is older than 1.{minor}"
        );
        return this;
    }

    /// <summary>A path in its folder.</summary>
    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        var path = PathOf(name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Runs the command, expects success and returns its output.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, errors) = await TryAsync(arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    public Task<(int Code, string Output, string Errors)> TryAsync(params string[] arguments) => PipeAsync("", arguments);

    /// <param name="input">Standard input.</param>
    public async Task<(int Code, string Output, string Errors)> PipeAsync(string input, params string[] arguments)
    {
        using var process = Start(arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(TestCluster.Token);
        var output = await process.StandardOutput.ReadToEndAsync(TestCluster.Token);
        await process.WaitForExitAsync(TestCluster.Token);
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Starts a command that does not end by itself.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            _program,
            [
                $"--kubeconfig={Path.Combine(_folder.FullName, "config")}",
                $"--cache-dir={Path.Combine(_folder.FullName, "cache")}",
                .. arguments,
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start");
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
