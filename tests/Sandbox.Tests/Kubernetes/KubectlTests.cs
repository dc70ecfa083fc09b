using System.Diagnostics;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Tests.DataPlane;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>A person's kubectl. Skipped where it is not installed.</summary>
public sealed class KubectlTests
{
    private const string Manifest = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata:
          name: tcpecho
        spec:
          selector:
            istio: aks-istio-ingressgateway-external
          servers:
          - port: {number: 9000, name: tcp, protocol: TCP}
            hosts: ["*"]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
        data:
          key: value
        """;

    [Fact]
    public async Task Kubectl_gets_applies_describes_edits_and_deletes()
    {
        Assert.SkipUnless(Installed(), "kubectl is not installed");
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        using var files = new KubectlFiles(cluster.Fleet.Kubeconfig(TestCluster.Id, KubeconfigKind.BackDoor), Manifest);

        Assert.Contains("LoadBalancer", await files.RunAsync("get", "svc", "-n", TestCluster.Ingress), StringComparison.Ordinal);
        Assert.Contains("tcpecho", await files.RunAsync("get", "deploy,pods,svc,nodes"), StringComparison.Ordinal);
        Assert.Contains("created", await files.RunAsync("apply", "--validate=false", "-f", files.ManifestPath), StringComparison.Ordinal);
        Assert.DoesNotContain("created", await files.RunAsync("apply", "--validate=false", "-f", files.ManifestPath), StringComparison.Ordinal);
        Assert.Contains("serverside-applied", await files.RunAsync("apply", "--validate=false", "--server-side", "--force-conflicts", "-f", files.ManifestPath), StringComparison.Ordinal);
        Assert.Contains("Port:", await files.RunAsync("describe", "svc", TestCluster.External, "-n", TestCluster.Ingress), StringComparison.Ordinal);
        Assert.Contains("patched", await files.RunAsync("patch", "svc", "tcpecho", "-p", """{"spec":{"ports":[{"name":"more","port":9001}]}}"""), StringComparison.Ordinal);
        Assert.Contains("9001", await files.RunAsync("get", "svc", "tcpecho"), StringComparison.Ordinal);
        Assert.Contains("scaled", await files.RunAsync("scale", "deploy", "tcpecho", "--replicas=2"), StringComparison.Ordinal);
        Assert.Contains("deleted", await files.RunAsync("delete", "-f", files.ManifestPath), StringComparison.Ordinal);
    }

    private static bool Installed() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "kubectl")));

    /// <summary>A kubeconfig and a manifest that only this user can read, deleted afterwards.</summary>
    private sealed class KubectlFiles : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshport-kubectl-");

        public KubectlFiles(string kubeconfig, string manifest)
        {
            File.WriteAllText(Path.Combine(_folder.FullName, "config"), kubeconfig);
            File.WriteAllText(ManifestPath, manifest);
        }

        public string ManifestPath => Path.Combine(_folder.FullName, "manifest.yaml");

        public async Task<string> RunAsync(params string[] arguments)
        {
            var start = new ProcessStartInfo("kubectl", [$"--kubeconfig={Path.Combine(_folder.FullName, "config")}", $"--cache-dir={Path.Combine(_folder.FullName, "cache")}", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start");
            var errors = process.StandardError.ReadToEndAsync(TestCluster.Token);
            var output = await process.StandardOutput.ReadToEndAsync(TestCluster.Token);
            await process.WaitForExitAsync(TestCluster.Token);
            Assert.True(process.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {await errors}");
            return output;
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
