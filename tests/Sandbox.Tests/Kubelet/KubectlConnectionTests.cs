using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Tests.DataPlane;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubelet;

/// <summary>exec, attach, cp and port-forward with the installed kubectl.</summary>
public sealed class KubectlConnectionTests() : AnyKubectlConnectionTests("kubectl");

/// <summary>With the current kubectl: version 5 of the WebSocket protocol, and the tunnel for ports.</summary>
public sealed class CurrentKubectlConnectionTests()
    : AnyKubectlConnectionTests(Environment.GetEnvironmentVariable("MESHPORT_TEST_KUBECTL"));

/// <summary>With the current kubectl over SPDY.</summary>
public sealed class SpdyKubectlConnectionTests()
    : AnyKubectlConnectionTests(
        Environment.GetEnvironmentVariable("MESHPORT_TEST_KUBECTL"),
        "KUBECTL_REMOTE_COMMAND_WEBSOCKETS",
        "KUBECTL_PORT_FORWARD_WEBSOCKETS"
    );

/// <summary>With kubectl 1.20, which has SPDY only.</summary>
public sealed class OldKubectlConnectionTests()
    : AnyKubectlConnectionTests(Environment.GetEnvironmentVariable("MESHPORT_TEST_OLD_KUBECTL"));

/// <param name="program">Tests are skipped without it.</param>
/// <param name="switchedOff">Variables that are set to false.</param>
public abstract partial class AnyKubectlConnectionTests(string? program, params string[] switchedOff) : IAsyncLifetime
{
    private TestCluster _cluster = null!; // set by InitializeAsync before any test
    private Kubectl _kubectl = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _kubectl = Kubectl.Of(_cluster, program);
        foreach (var name in switchedOff)
        {
            _kubectl.Variables[name] = "false";
        }

        await Pods.RunAsync(_cluster, "echo", "istio/tcp-echo-server:1.2", ["9000", "hello"]);
        await Pods.RunAsync(_cluster, "box", "busybox", ["sleep", "infinity"]);
    }

    public async ValueTask DisposeAsync()
    {
        _kubectl?.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Exec_gives_output_errors_and_the_exit_code()
    {
        Assert.Equal((0, "a b\n", ""), await _kubectl.TryAsync("exec", "box", "--", "echo", "a", "b"));

        var (code, output, errors) = await _kubectl.TryAsync(
            "exec",
            "box",
            "--",
            "sh",
            "-c",
            "echo \"$GREETING\" > /tmp/it && cat /tmp/it | wc -c; cat /none; exit 3"
        );

        Assert.Equal((3, "9\n"), (code, output));
        Assert.StartsWith("cat: can't open '/none': No such file or directory\n", errors, StringComparison.Ordinal);
        Assert.Contains("command terminated with exit code 3", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_reads_more_input_than_fits_into_a_buffer()
    {
        var input = string.Concat(Enumerable.Range(0, 200_000).Select(number => $"{number}\n"));

        var (code, output, errors) = await _kubectl.PipeAsync(input, "exec", "-i", "box", "--", "cat");

        Assert.True(code == 0, errors);
        Assert.Equal(input, output);
    }

    /// <summary>The image of the echo server is built from scratch, so nothing else can run in it.</summary>
    [Fact]
    public async Task The_echo_pod_has_neither_a_shell_nor_tar()
    {
        var file = _kubectl.Write("file.txt", "content");

        Assert.Contains(
            "exec: \"sh\": executable file not found in $PATH",
            (await _kubectl.TryAsync("exec", "echo", "--", "sh", "-c", "ls")).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "exec: \"/bin/ls\": stat /bin/ls: no such file or directory",
            (await _kubectl.TryAsync("exec", "echo", "--", "/bin/ls")).Errors,
            StringComparison.Ordinal
        );
        var (code, _, errors) = await _kubectl.TryAsync("cp", file, "echo:/tmp/file.txt");
        Assert.NotEqual(0, code);
        Assert.Contains("exec: \"tar\": executable file not found in $PATH", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cp_copies_files_and_directories_in_both_directions()
    {
        var content = new string('x', 300_000);
        await _kubectl.RunAsync("cp", _kubectl.Write("file.txt", content), "box:/tmp/there.txt");
        await _kubectl.RunAsync("exec", "box", "--", "sh", "-c", "mkdir -p /tmp/deep/er && echo one > /tmp/deep/er/one");

        await _kubectl.RunAsync("cp", "box:/tmp/there.txt", _kubectl.PathOf("back.txt"));
        await _kubectl.RunAsync("cp", "box:/tmp/deep", _kubectl.PathOf("deep"));

        Assert.Equal(content, await File.ReadAllTextAsync(_kubectl.PathOf("back.txt"), TestCluster.Token));
        Assert.Equal("one\n", await File.ReadAllTextAsync(_kubectl.PathOf("deep/er/one"), TestCluster.Token));
    }

    [Fact]
    public async Task Port_forward_and_attach_reach_the_echo_server()
    {
        using var forwarding = _kubectl.Start("port-forward", "pod/echo", ":9000", ":9999");
        using var attached = _kubectl.Start("attach", "echo");
        try
        {
            var (open, closed) = (await PortAsync(forwarding, 9000), await PortAsync(forwarding, 9999));
            var printed = attached.StandardOutput.ReadLineAsync(TestCluster.Token).AsTask();

            Assert.Equal("hello one", await Dial.AskAsync("127.0.0.1", open, "one\n", TestCluster.Token));
            Assert.Equal("hello two", await Dial.AskAsync("127.0.0.1", open, "two\n", TestCluster.Token));
            await Wait.UntilAsync(
                async () => await Dial.AskAsync("127.0.0.1", open, "seen\n", TestCluster.Token) == "hello seen" && printed.IsCompleted,
                TestCluster.Token
            );
            Assert.StartsWith("request: ", await printed, StringComparison.Ordinal);

            Assert.NotEqual("hello x", await Dial.OutcomeAsync("127.0.0.1", closed, TestCluster.Token));
            var errors = new StringBuilder();
            while (await forwarding.StandardError.ReadLineAsync(TestCluster.Token) is { } line)
            {
                errors.AppendLine(line);
                if (line.Contains("dial tcp4 127.0.0.1:9999: connect: connection refused", StringComparison.Ordinal))
                {
                    return;
                }
            }

            Assert.Fail(errors.ToString());
        }
        finally
        {
            forwarding.Kill();
            attached.Kill();
        }
    }

    [Fact]
    public async Task The_deletion_of_the_pod_kills_its_programs()
    {
        using var running = _kubectl.Start("exec", "box", "--", "sh", "-c", "echo started; sleep 100000");
        Assert.Equal("started", await running.StandardOutput.ReadLineAsync(TestCluster.Token));

        await _kubectl.RunAsync("delete", "pod", "box", "--now");

        Assert.Contains("exit code 137", await running.StandardError.ReadToEndAsync(TestCluster.Token), StringComparison.Ordinal);
        await running.WaitForExitAsync(TestCluster.Token);
        Assert.Equal(137, running.ExitCode);
    }

    /// <summary>The local port that kubectl chose for a port of the pod.</summary>
    private static async Task<int> PortAsync(Process forwarding, int port)
    {
        while (await forwarding.StandardOutput.ReadLineAsync(TestCluster.Token) is { } line)
        {
            if (Forwarding().Match(line) is { Success: true } found && found.Groups[2].Value == $"{port}")
            {
                return int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException(await forwarding.StandardError.ReadToEndAsync(TestCluster.Token));
    }

    [GeneratedRegex(@"^Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)$")]
    private static partial Regex Forwarding();
}
