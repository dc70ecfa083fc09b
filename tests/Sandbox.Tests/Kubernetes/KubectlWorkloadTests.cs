using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Work with workloads of all kinds through the installed kubectl.</summary>
public sealed class KubectlWorkloadTests() : AnyKubectlWorkloadTests("kubectl");

/// <summary>The same with the current kubectl that <c>MESHPORT_TEST_KUBECTL</c> names.</summary>
public sealed class CurrentKubectlWorkloadTests() : AnyKubectlWorkloadTests(Environment.GetEnvironmentVariable("MESHPORT_TEST_KUBECTL"));

/// <param name="program">Tests are skipped without it.</param>
public abstract class AnyKubectlWorkloadTests(string? program) : IAsyncLifetime
{
    private const string Timeout = "--timeout=60s";

    private const string Manifest = """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          serviceName: web
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: nginx, image: "nginx:1.27", volumeMounts: [{name: www, mountPath: /www}]}
          volumeClaimTemplates:
          - metadata: {name: www}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent}
        spec:
          selector: {matchLabels: {app: agent}}
          template:
            metadata: {labels: {app: agent}}
            spec: {containers: [{name: agent, image: "nginx:1.27"}]}
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web}
        spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
        """;

    private TestCluster _cluster = null!; // set by InitializeAsync before any test
    private Kubectl _kubectl = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(machineTimes: true);
        _kubectl = Kubectl.Of(_cluster, program);
    }

    public async ValueTask DisposeAsync()
    {
        _kubectl?.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Kubectl_approves_a_certificate_request_and_shows_kinds_of_the_server()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=jane", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var manifest = $"""
            apiVersion: certificates.k8s.io/v1
            kind: CertificateSigningRequest
            metadata:
              name: jane
            spec:
              request: {Convert.ToBase64String(Encoding.ASCII.GetBytes(request.CreateSigningRequestPem()))}
              signerName: kubernetes.io/kube-apiserver-client
              usages: [client auth]
            """;
        await _kubectl.RunAsync("apply", "-f", _kubectl.Write("csr.yaml", manifest));
        Assert.Matches(@"jane +\S+ +kubernetes.io/kube-apiserver-client .* Pending", await _kubectl.RunAsync("get", "csr"));

        Assert.Contains("approved", await _kubectl.RunAsync("certificate", "approve", "jane"), StringComparison.Ordinal);

        await Wait.UntilAsync(
            async () => (await _kubectl.RunAsync("get", "csr", "jane")).Contains("Approved,Issued", StringComparison.Ordinal),
            TestCluster.Token
        );
        Assert.Matches(@"exempt +Exempt +<none> +<none> +<none> +<none>", await _kubectl.RunAsync("get", "prioritylevelconfigurations"));
        Assert.Matches(@"probes +exempt +2 +<none> +\S+ +False", await _kubectl.RunAsync("get", "flowschemas"));
        await _kubectl.RunAsync("get", "runtimeclasses");
        Assert.DoesNotContain(
            "certificatesigningrequest",
            await _kubectl.RunAsync("get", "all", "--all-namespaces", "-o", "name"),
            StringComparison.Ordinal
        );
        Assert.Matches(
            @"certificatesigningrequests +csr +certificates.k8s.io/v1 +false +CertificateSigningRequest",
            await _kubectl.RunAsync("api-resources")
        );
    }

    [Fact]
    public async Task Kubectl_rolls_sets_out_and_back()
    {
        await _kubectl.RunAsync("apply", "-f", _kubectl.Write("sets.yaml", Manifest));
        foreach (var (set, container) in new[] { ("sts/web", "nginx"), ("ds/agent", "agent") })
        {
            Assert.Matches("roll(ed)? out", await _kubectl.RunAsync("rollout", "status", set, Timeout));
            await _kubectl.RunAsync("set", "image", set, $"{container}=nginx:1.28");
            await _kubectl.RunAsync("rollout", "status", set, Timeout);
            Assert.Equal("nginx:1.28", await ImageAsync(set));

            await _kubectl.RunAsync("rollout", "undo", set);
            await _kubectl.RunAsync("rollout", "status", set, Timeout);
            Assert.Equal("nginx:1.27", await ImageAsync(set));
        }

        await _kubectl.RunAsync("scale", "sts/web", "--replicas=1");
        await _kubectl.RunAsync("rollout", "status", "sts/web", Timeout);
        var all = await _kubectl.RunAsync("get", "all", "-A");
        Assert.Contains("statefulset.apps/web", all, StringComparison.Ordinal);
        Assert.Contains("daemonset.apps/kube-proxy", all, StringComparison.Ordinal);
        Assert.Contains("pod/coredns-", all, StringComparison.Ordinal);

        Task<string> ImageAsync(string set) => _kubectl.RunAsync("get", set, "-o", "jsonpath={.spec.template.spec.containers[0].image}");
    }

    [Fact]
    public async Task Kubectl_drains_a_node_as_far_as_budgets_allow()
    {
        await _kubectl.RunAsync("apply", "-f", _kubectl.Write("sets.yaml", Manifest));
        await _kubectl.RunAsync("rollout", "status", "sts/web", Timeout);
        await _kubectl.RunAsync("rollout", "status", "ds/agent", Timeout);
        var node = await _kubectl.RunAsync("get", "pod", "web-1", "-o", "jsonpath={.spec.nodeName}");
        string[] drain = ["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=3s"];

        var (code, _, why) = await _kubectl.TryAsync(drain);

        Assert.Equal(1, code);
        Assert.Contains("Cannot evict pod as it would violate the pod's disruption budget.", why, StringComparison.Ordinal);
        await _kubectl.RunAsync("delete", "pdb", "web");
        await _kubectl.RunAsync(drain);
        Assert.NotEqual(node, await _kubectl.RunAsync("get", "pod", "web-1", "-o", "jsonpath={.spec.nodeName}"));
        await _kubectl.RunAsync("uncordon", node);
    }

    [Fact]
    public async Task Kubectl_runs_jobs_and_scales_by_an_autoscaler()
    {
        await _kubectl.RunAsync("create", "cronjob", "tick", "--image=busybox", "--schedule=0 0 1 1 *", "--", "true");
        await _kubectl.RunAsync("create", "job", "now", "--from=cronjob/tick");
        await _kubectl.RunAsync("create", "job", "bad", "--image=busybox", "--", "sh", "-c", "exit 1");
        await _kubectl.RunAsync("wait", "--for=condition=complete", "job/now", Timeout);
        await _kubectl.RunAsync("wait", "--for=condition=failed", "job/bad", Timeout);
        Assert.Contains("BackoffLimitExceeded", await _kubectl.RunAsync("describe", "job", "bad"), StringComparison.Ordinal);

        await _kubectl.RunAsync("create", "deployment", "web", "--image=nginx", "--replicas=1");
        await _kubectl.RunAsync("autoscale", "deployment", "web", "--min=3", "--max=5");
        await _kubectl.RunAsync("wait", "--for=jsonpath={.status.readyReplicas}=3", "deploy/web", Timeout);
    }

    [Fact]
    public async Task Ages_are_valid()
    {
        _cluster.World.Clock.Advance(TimeSpan.FromDays(1));
        await _kubectl.RunAsync("apply", "-f", _kubectl.Write("sets.yaml", Manifest));
        await _kubectl.RunAsync("rollout", "status", "sts/web", Timeout);

        foreach (
            var output in new[]
            {
                await _kubectl.RunAsync("describe", "pod", "web-0"),
                await _kubectl.RunAsync("get", "events"),
                await _kubectl.RunAsync("get", "pods,pvc,pv,nodes", "-A"),
            }
        )
        {
            Assert.DoesNotContain("<invalid>", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_unknown_subresource_is_not_a_missing_object()
    {
        var (_, _, why) = await _kubectl.TryAsync("get", "--raw", "/api/v1/namespaces/default/services/kubernetes/unknown");

        Assert.Contains("the server could not find the requested resource", why, StringComparison.Ordinal);
    }
}
