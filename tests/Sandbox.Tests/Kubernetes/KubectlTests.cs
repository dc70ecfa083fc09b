using k8s;
using MeshPort.Sandbox.Tests.DataPlane;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Typical use of the installed kubectl (Debian's in the gate).</summary>
public sealed class KubectlTests() : AnyKubectlTests("kubectl");

/// <summary>The same with the current kubectl that <c>MESHPORT_TEST_KUBECTL</c> names.</summary>
public sealed class CurrentKubectlTests() : AnyKubectlTests(Environment.GetEnvironmentVariable("MESHPORT_TEST_KUBECTL"));

/// <param name="program">Tests are skipped without it.</param>
public abstract class AnyKubectlTests(string? program) : IAsyncLifetime
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

    private TestCluster _cluster = null!; // set by InitializeAsync before any test
    private Kubectl _kubectl = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _kubectl = Kubectl.Of(_cluster, program);
        await WalkThrough.DeployEchoAsync(_cluster.Client);
        await Wait.UntilAsync(
            async () =>
                (await _cluster.Client.AppsV1.ReadNamespacedDeploymentAsync("tcpecho", "default", cancellationToken: TestCluster.Token))
                    .Status
                    .ReadyReplicas == 1,
            TestCluster.Token
        );
    }

    public async ValueTask DisposeAsync()
    {
        _kubectl?.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Kubectl_applies_with_validation_and_deletes()
    {
        var manifest = _kubectl.Write("manifest.yaml", Manifest);

        Prints("gateway.networking.istio.io/tcpecho created", await _kubectl.RunAsync("apply", "-f", manifest));
        Prints("configmap/settings unchanged", await _kubectl.RunAsync("apply", "-f", manifest));
        Prints("(server dry run)", await _kubectl.RunAsync("apply", "--dry-run=server", "-f", manifest));
        Prints("serverside-applied", await _kubectl.RunAsync("apply", "--server-side", "--force-conflicts", "-f", manifest));
        var (changed, difference, _) = await _kubectl.TryAsync(
            "diff",
            "-f",
            _kubectl.Write("changed.yaml", Manifest.Replace("key: value", "key: other", StringComparison.Ordinal))
        );
        Assert.Equal(1, changed);
        Prints("+  key: other", difference);
        var (refused, _, why) = await _kubectl.TryAsync(
            "apply",
            "-f",
            _kubectl.Write("bad.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndada: {a: b}\n")
        );
        Assert.Equal(1, refused);
        Prints("unknown field \"dada\"", why);
        Prints(
            "unknown field",
            (
                await _kubectl.TryAsync(
                    "apply",
                    "-f",
                    _kubectl.Write(
                        "misspelled.yaml",
                        "apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec: {containers: [{name: c, image: i, livenessProbe: "
                            + "{tcpSockets: {port: 1}}}]}\n"
                    )
                )
            ).Errors
        );
        Prints("deleted", await _kubectl.RunAsync("delete", "--wait", "--cascade=foreground", "-f", manifest));
    }

    [Fact]
    public async Task Kubectl_creates_patches_edits_and_scales()
    {
        Prints("namespace/made created", await _kubectl.RunAsync("create", "namespace", "made"));
        Prints("configmap/made created", await _kubectl.RunAsync("create", "configmap", "made", "--from-literal=a=b"));
        Prints("deployment.apps/made created", await _kubectl.RunAsync("create", "deployment", "made", "--image=nginx", "--replicas=1"));
        Prints("service/made exposed", await _kubectl.RunAsync("expose", "deployment", "made", "--port=80"));
        Assert.Equal(
            "1 RollingUpdate",
            await _kubectl.RunAsync("get", "deploy", "made", "-o", "jsonpath={.spec.replicas} {.spec.strategy.type}")
        );
        await _kubectl.RunAsync("patch", "svc", "tcpecho", "-p", """{"spec":{"ports":[{"name":"more","port":9001}]}}""");
        await _kubectl.RunAsync("patch", "svc", "tcpecho", "--type=merge", "-p", """{"metadata":{"labels":{"a":"b"}}}""");
        await _kubectl.RunAsync(
            "patch",
            "svc",
            "tcpecho",
            "--type=json",
            "-p",
            """[{"op":"replace","path":"/metadata/labels/a","value":"c"}]"""
        );
        await _kubectl.RunAsync("label", "svc", "tcpecho", "x=y");
        await _kubectl.RunAsync("annotate", "svc", "tcpecho", "x=y");
        Prints("service/tcpecho edited", await _kubectl.RunAsync("edit", "svc", "tcpecho"));
        Assert.Equal(
            "9002 9000 c y y",
            await _kubectl.RunAsync(
                "get",
                "svc",
                "tcpecho",
                "-o",
                "jsonpath={.spec.ports[*].port} {.metadata.labels.a} {.metadata.labels.x} {.metadata.annotations.x}"
            )
        );
        Prints("scaled", await _kubectl.RunAsync("scale", "deploy", "tcpecho", "--replicas=2"));
        Prints("restarted", await _kubectl.RunAsync("rollout", "restart", "deploy/tcpecho"));
        Prints("successfully rolled out", await _kubectl.RunAsync("rollout", "status", "deploy/tcpecho", "--timeout=30s"));
        Prints("condition met", await _kubectl.RunAsync("wait", "--for=condition=Available", "deploy/tcpecho", "--timeout=30s"));
        await _kubectl.RunAsync("delete", "namespace", "made");
    }

    [Fact]
    public async Task Kubectl_prints_the_columns_of_the_server()
    {
        Prints(
            "NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME",
            Words(await _kubectl.RunAsync("get", "nodes", "-o", "wide"))
        );
        Prints(
            "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES",
            Words(await _kubectl.RunAsync("get", "pods", "-o", "wide"))
        );
        Prints(
            "NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR",
            Words(await _kubectl.RunAsync("get", "svc", "-A", "-o", "wide"))
        );
        Prints(
            "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR",
            Words(await _kubectl.RunAsync("get", "deploy", "-o", "wide"))
        );
        Assert.Equal(
            ["pod/tcpecho"],
            (
                await _kubectl.RunAsync(
                    "get",
                    "pods",
                    "-l",
                    "app=tcpecho",
                    "--sort-by=.metadata.name",
                    "--field-selector=status.phase=Running",
                    "-o",
                    "name"
                )
            )
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(name => name[..11])
        );
        Prints("clusterIP: 10.0.0.1", await _kubectl.RunAsync("get", "svc", "kubernetes", "-o", "yaml"));
        Prints("virtualservices vs networking.istio.io/v1 true VirtualService", Words(await _kubectl.RunAsync("api-resources")));
        Prints("control plane", (await _kubectl.RunAsync("cluster-info")).Replace("master", "control plane", StringComparison.Ordinal));
        Prints("v1.34.2", await _kubectl.RunAsync("version", "-o", "json"));
        Assert.Equal("ok", await _kubectl.RunAsync("get", "--raw", "/readyz"));
    }

    [Fact]
    public async Task Kubectl_watches()
    {
        using var watch = _kubectl.Start("get", "configmaps", "-w", "--output-watch-events");
        await _kubectl.RunAsync("create", "configmap", "seen", "--from-literal=a=b");

        Assert.Equal("EVENT NAME DATA AGE", Words(await watch.StandardOutput.ReadLineAsync(TestCluster.Token) ?? ""));
        Prints("ADDED seen 1", Words(await watch.StandardOutput.ReadLineAsync(TestCluster.Token) ?? ""));
        await _kubectl.RunAsync("delete", "configmap", "seen");
        Prints("DELETED seen 1", Words(await watch.StandardOutput.ReadLineAsync(TestCluster.Token) ?? ""));
        watch.Kill();
    }

    [Fact]
    public async Task Kubectl_describes_and_explains_every_kind()
    {
        Prints("Endpoints:", await _kubectl.RunAsync("describe", "svc", "tcpecho"));
        Prints("Image:", await _kubectl.RunAsync("describe", "pod", "-l", "app=tcpecho"));
        Prints("StrategyType:", await _kubectl.RunAsync("describe", "deploy,rs"));
        Prints("Kubelet Version:", await _kubectl.RunAsync("describe", "nodes"));
        Prints("NotReadyAddresses:", await _kubectl.RunAsync("describe", "ep"));
        Prints("PolicyRule:", await _kubectl.RunAsync("describe", "clusterrole", "view"));
        Prints("system:masters", await _kubectl.RunAsync("describe", "clusterrolebinding", "cluster-admin"));
        Prints("Group:", await _kubectl.RunAsync("describe", "crd", "gateways.networking.istio.io"));
        Prints("default", await _kubectl.RunAsync("describe", "ns,sa,cm,secret"));
        Prints("The port that the service exposes.", await _kubectl.RunAsync("explain", "service.spec.ports.port"));
        Prints("selector", await _kubectl.RunAsync("explain", "gateways.spec", "--api-version=networking.istio.io/v1beta1"));
        Prints("port <integer> -required-", Words(await _kubectl.RunAsync("explain", "service.spec.ports")));
        Prints("initialDelaySeconds <integer>", Words(await _kubectl.RunAsync("explain", "pod.spec.containers.readinessProbe")));
    }

    [Fact]
    public async Task Kubectl_describes_autoscalers()
    {
        await _kubectl.SinceAsync(23); // older ones request versions that the server no longer serves

        Prints("Max replicas:", await _kubectl.RunAsync("describe", "hpa", "-A"));
    }

    [Fact]
    public async Task Kubectl_reads_logs()
    {
        var pod = (await _kubectl.RunAsync("get", "pods", "-o", "name")).Trim();

        Assert.Equal("listening on [::]:9000, prefix: hello\n", await _kubectl.RunAsync("logs", pod));
        Assert.Equal(
            "listening on [::]:9000, prefix: hello\n",
            await _kubectl.RunAsync("logs", pod, "-c", "tcpecho", "--tail=1", "--since=1000h")
        );
        Prints("previous terminated container \"tcpecho\" in pod", (await _kubectl.TryAsync("logs", pod, "--previous")).Errors);
        using var followed = _kubectl.Start("logs", pod, "-f");
        Prints("listening on", await followed.StandardOutput.ReadLineAsync(TestCluster.Token) ?? "");
        await _kubectl.RunAsync("delete", pod);
        await followed.WaitForExitAsync(TestCluster.Token);
        Assert.Equal(0, followed.ExitCode);
    }

    [Fact]
    public async Task Kubectl_queries_its_rights()
    {
        Assert.Equal("yes\n", await _kubectl.RunAsync("auth", "can-i", "create", "pods"));
        Assert.StartsWith("no", (await _kubectl.TryAsync("auth", "can-i", "list", "pods", "--as=bob")).Output, StringComparison.Ordinal);
        await _kubectl.RunAsync("create", "role", "reader", "--verb=list", "--resource=pods");
        await _kubectl.RunAsync("create", "rolebinding", "bob-reads", "--role=reader", "--user=bob");
        Assert.Equal("yes\n", await _kubectl.RunAsync("auth", "can-i", "list", "pods", "--as=bob"));
        Prints("tcpecho", await _kubectl.RunAsync("get", "pods", "--as=bob"));
        Prints(
            "secrets is forbidden: User \"bob\" cannot list resource \"secrets\" in API group \"\" in the namespace \"default\"",
            (await _kubectl.TryAsync("get", "secrets", "--as=bob")).Errors
        );
        Prints("pods [] [] [list]", Words(await _kubectl.RunAsync("auth", "can-i", "--list", "--as=bob")));
    }

    [Fact]
    public async Task Kubectl_shows_its_identity_and_creates_tokens()
    {
        await _kubectl.SinceAsync(28);

        Prints("system:masters", await _kubectl.RunAsync("auth", "whoami"));
        var token = (await _kubectl.RunAsync("create", "token", "default")).Trim();
        Prints(
            "system:serviceaccount:default:default",
            await _kubectl.RunAsync(
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo.username}",
                "--as=system:serviceaccount:default:default"
            )
        );
        Assert.Equal(3, token.Split('.').Length);
    }

    private static void Prints(string expected, string output) => Assert.Contains(expected, output, StringComparison.Ordinal);

    private static string Words(string output) => string.Join(' ', output.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
