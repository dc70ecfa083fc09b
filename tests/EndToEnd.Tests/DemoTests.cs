using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using k8s;
using MeshPort.Host.Environments;

namespace MeshPort.EndToEnd.Tests;

public sealed class DemoTests(ITestOutputHelper log)
{
    /// <summary>
    /// Only a demo that hangs takes longer. It takes about 25 s on an idle machine, and its simulated time slows down on a busy one.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>A listener on all addresses, on a port that an exposure may have.</summary>
    private static TcpListener HoldPort()
    {
        for (var port = 42000; ; port++)
        {
            var listener = new TcpListener(IPAddress.Any, port);
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException)
            {
                listener.Dispose(); // taken: try the next
            }
        }
    }

    [Fact]
    public async Task The_demo_walks_the_whole_chain_and_reads_the_answer_through_a_real_socket()
    {
        var began = Stopwatch.GetTimestamp();
        var settings = new Dictionary<string, string>
        {
            ["MeshPort__State"] = "tables",
            ["MeshPort__Access__Audience"] = "api://other",
            ["AzureWebJobsStorage__accountName"] = "other",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "nowhere",
        }; // settings of the shell that the demo must ignore
        await using var demo = MeshPortProcess.Start(settings, "demo");

        var exitCode = await demo.ExitCodeAsync(Limit, TestContext.Current.CancellationToken);

        log.WriteLine(
            $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s, {demo.PeakWorkingSet / 1024 / 1024} MiB at most\n"
                + $"{demo.Output}\n{demo.Errors}"
        );
        Assert.True(exitCode == 0, $"exit code {exitCode}\n{demo.Output}\n{demo.Errors}");
        Assert.Matches(@"\$ telnet (127\.[0-9.]+) 9000\nTrying \1\.\.\.\nConnected to \1\.\njose\nhello jose\n", demo.Output);
        Assert.Matches(
            @"Requests +ARM [1-9][0-9]* reads, [1-9][0-9]* writes; Kubernetes [1-9][0-9]* reads, [1-9][0-9]* writes",
            demo.Output
        );
        Assert.Matches(@"(?m)^Plan: [1-9][0-9]* to create, 1 to update, 0 to delete\.$", demo.Output);
        Assert.Matches(@"(?m)^Ready  cluster istiotest$", demo.Output);
        Assert.Matches(@"(?m)^Total +[0-9]+ min [0-9]+ s simulated, [0-9.]+ s real$", demo.Output);
        Assert.Equal("", demo.Errors.Trim());
    }

    [Fact]
    public async Task A_demo_whose_answer_is_another_fails_with_the_reason_and_the_advice()
    {
        using var directory = new TestDirectory();
        var file = directory.Write(
            "environment.yaml",
            File.ReadAllText(EnvironmentFile.Sample).Replace("expect: \"hello jose\"", "expect: \"hello maria\"", StringComparison.Ordinal)
        );
        var demo = (await DemoInProcess.RunAsync(file)).Must(1);

        Assert.Matches(@"exposure tcpecho: Reachable is False \([A-Za-z]+\): .+", demo.Errors);
        Assert.Contains("exposure tcpecho: no answer from outside", demo.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_port_that_another_process_has_is_named_together_with_the_process()
    {
        using var holder = HoldPort();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        using var directory = new TestDirectory();
        var file = directory.Write(
            "environment.yaml",
            Regex.Replace(File.ReadAllText(EnvironmentFile.Sample), "^      port: 9000", $"      port: {port}", RegexOptions.Multiline)
        );
        var demo = (await DemoInProcess.RunAsync(file)).Must(1);

        Assert.Matches($@"127\.[0-9.]+:{port} is in use by another process", demo.Errors);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"(pid {Environment.ProcessId}, ", demo.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_held_demo_serves_until_it_is_stopped_and_leaves_nothing_behind()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        // At scale 600, the idle timeout of a load balancer is 0.4 s, and a busy machine may need longer to answer.
        var sample = Path.Combine(Repository.Root, "samples", "tls.yaml");
        await using var demo = MeshPortProcess.Start(null, "demo", "--hold", "--time-scale", "120", "--file", sample);
        await demo.SaysAsync("kubectl --kubeconfig", Limit, cancellationToken);
        var kubeconfig = Regex.Match(demo.Output, @"--kubeconfig (\S+)").Groups[1].Value;

        using var client = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        var service = await client.CoreV1.ReadNamespacedServiceAsync(
            "aks-istio-ingressgateway-external",
            "aks-istio-ingress",
            cancellationToken: cancellationToken
        );

        Assert.Contains(service.Spec.Ports, port => port.Port == 9443);
        Assert.Matches(@"openssl s_client -quiet -connect 127\.[0-9.]+:9443 -servername echo.example.com", demo.Output);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(kubeconfig));
            await demo.TerminateAsync(cancellationToken);
            Assert.Equal(0, await demo.ExitCodeAsync(Walkthrough.Within, cancellationToken));
            Assert.False(Directory.Exists(Path.GetDirectoryName(kubeconfig)));
        }
    }
}
