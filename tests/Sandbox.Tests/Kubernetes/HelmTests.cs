using System.Diagnostics;
using MeshPort.Sandbox.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>The helm that <c>MESHPORT_TEST_HELM</c> names, with the chart that it makes itself and one template of other kinds.</summary>
public sealed class HelmTests
{
    private const string Template = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: {{ .Release.Name }}}
        spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: {{ .Release.Name }}-before, annotations: {"helm.sh/hook": pre-install}}
        spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, "3"]}]}}}
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: {{ .Release.Name }}}
        spec: {maxUnavailable: 1, selector: {matchLabels: {app.kubernetes.io/instance: {{ .Release.Name }} }}}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: {{ .Release.Name }}-store}
        spec:
          replicas: 2
          selector: {matchLabels: {app: store}}
          template:
            metadata: {labels: {app: store}}
            spec: {containers: [{name: store, image: redis}]}
          volumeClaimTemplates:
          - metadata: {name: data}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """;

    [Fact]
    public async Task Helm_installs_upgrades_tests_and_removes_a_chart()
    {
        var program = Environment.GetEnvironmentVariable("MESHPORT_TEST_HELM");
        Assert.SkipUnless(File.Exists(program), "MESHPORT_TEST_HELM names no helm");
        await using var cluster = await TestCluster.StartAsync(machineTimes: true);
        using var folder = new TestDirectory();
        var config = folder.Write("config", cluster.Fleet.Kubeconfig(TestCluster.Id, KubeconfigKind.BackDoor));
        await HelmAsync("create", "chart");
        folder.Write(Path.Combine("chart", "templates", "more.yaml"), Template);

        await HelmAsync("install", "demo", "chart", "--set", "ingress.enabled=true,autoscaling.enabled=true", "--wait", "--timeout", "60s");
        await HelmAsync("upgrade", "demo", "chart", "--set", "replicaCount=2", "--wait", "--timeout", "60s");
        await HelmAsync("test", "demo");
        await HelmAsync("rollback", "demo", "1", "--wait", "--timeout", "60s");
        Assert.Contains("deployed", await HelmAsync("status", "demo"), StringComparison.Ordinal);
        await HelmAsync("uninstall", "demo");

        async Task<string> HelmAsync(params string[] arguments)
        {
            var start = new ProcessStartInfo(program, ["--kubeconfig", config, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder.Path,
            };
            start.Environment["HELM_CACHE_HOME"] =
                start.Environment["HELM_CONFIG_HOME"] =
                start.Environment["HELM_DATA_HOME"] =
                    folder.Path;
            using var process = Process.Start(start) ?? throw new InvalidOperationException("helm did not start");
            var errors = process.StandardError.ReadToEndAsync(TestCluster.Token);
            var output = await process.StandardOutput.ReadToEndAsync(TestCluster.Token);
            await process.WaitForExitAsync(TestCluster.Token);
            Assert.True(process.ExitCode == 0, $"helm {string.Join(' ', arguments)}: {await errors}");
            return output;
        }
    }
}
