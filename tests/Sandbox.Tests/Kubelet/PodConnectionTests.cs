using System.Net.Http.Headers;
using System.Text;
using k8s;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubelet;

/// <summary>exec and port-forward with the official client, which has version 4 of the WebSocket protocol, and refusals.</summary>
public sealed class PodConnectionTests : IAsyncLifetime
{
    private const string Exec = "/api/v1/namespaces/default/pods/box/exec";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await Pods.RunAsync(_cluster, "echo", "istio/tcp-echo-server:1.2", ["9000", "hello"]);
        await Pods.RunAsync(_cluster, "box", "busybox", ["sleep", "infinity"]);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task The_official_client_runs_a_program()
    {
        var printed = "";

        var code = await _cluster.Client.NamespacedPodExecAsync(
            "box",
            "default",
            "box",
            ["sh", "-c", "hostname; exit 4"],
            tty: false,
            async (_, output, _) =>
            {
                using var reader = new StreamReader(output, Encoding.UTF8);
                printed = await reader.ReadToEndAsync(TestCluster.Token);
            },
            TestCluster.Token
        );

        Assert.Equal((4, "box\n"), (code, printed));
    }

    [Fact]
    public async Task The_official_client_forwards_a_port()
    {
        using var socket = await _cluster.Client.WebSocketNamespacedPodPortForwardAsync(
            "echo",
            "default",
            [9000],
            "v4.channel.k8s.io",
            cancellationToken: TestCluster.Token
        );
        using var streams = new StreamDemuxer(socket, StreamType.PortForward);
        streams.Start();
        using var port = streams.GetStream((byte?)0, (byte?)0);

        await port.WriteAsync("there\n"u8.ToArray(), TestCluster.Token);
        using var reader = new StreamReader(port, Encoding.UTF8);

        Assert.Equal("hello there", await reader.ReadLineAsync(TestCluster.Token));
    }

    [Theory]
    [InlineData("sh -c 'echo $(echo in $(echo in))'", "in in\n")]
    [InlineData("sh -c 'A=\"x  y\"; echo $A \"$A\" ${A}z; echo ${B}'", "x y x  y x yz\n\n")]
    [InlineData("sh -c 'false || echo or; true && echo and; false && echo no; echo $?'", "or\nand\n1\n")]
    [InlineData("sh -c 'printenv GREETING > /tmp/f; cat < /tmp/f >> /tmp/g; cat /tmp/f /tmp/g | grep hi | head -n 1'", "hi there\n")]
    [InlineData("sh -c 'cd /tmp; pwd; mkdir d; [ -d d ] && [ ! -f d ]; echo $?; ls | tail -c +1'", "/tmp\n0\nd\n")]
    [InlineData("sh -c 'cat /none 2>/dev/null; nothing 2>&1'", "sh: nothing: not found\n")]
    [InlineData("sh -c 'for i in 1 2; do echo $i; done' ", "")]
    public async Task The_shell_runs_its_part_of_the_language(string command, string expected)
    {
        var (_, output) = await RunAsync(["sh", "-c", command]);

        Assert.Equal(expected, output);
    }

    [Fact]
    public async Task The_shell_says_what_it_does_not_simulate()
    {
        var (code, output) = await RunAsync(["sh", "-c", "sh -c 'for i in 1 2; do echo $i; done' 2>&1"]);

        Assert.Equal((2, "sh: the sandbox does not simulate 'for'\n"), (code, output));
    }

    [Fact]
    public async Task A_request_without_an_upgrade_is_refused()
    {
        var (code, body) = await _cluster.SendAsync(HttpMethod.Post, $"{Exec}?command=ls&stdout=true");

        Assert.Equal(400, code);
        Assert.Contains("Upgrade request required", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/pods/none/exec?command=ls&stdout=true", 404, "pods \\\"none\\\" not found")]
    [InlineData($"{Exec}?command=ls&stdout=true&container=other", 400, "container other is not valid for pod box")]
    [InlineData($"{Exec}?command=ls", 400, "you must specify at least 1 of stdin, stdout, stderr")]
    [InlineData($"{Exec}?stdout=true", 400, "you must specify at least one command")]
    [InlineData($"{Exec}?command=ls&stdout=true", 403, "client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io ")]
    public async Task A_wrong_request_is_refused_before_the_protocol_changes(string path, int status, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), path));
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue("SPDY", "3.1"));
        request.Headers.Add("X-Stream-Protocol-Version", "v9.channel.k8s.io");
        using var answer = await _cluster.Client.HttpClient.SendAsync(request, TestCluster.Token);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(TestCluster.Token), StringComparison.Ordinal);
    }

    /// <summary>From 1.35, a WebSocket needs the right to create, although it is a GET.</summary>
    [Theory]
    [InlineData("1.34.4", false)]
    [InlineData("1.35.2", true)]
    public async Task The_right_to_get_is_enough_for_a_web_socket_before_1_35(string version, bool isRefused)
    {
        await _cluster.Fleet.EnsureAsync(TestCluster.Shape with { KubernetesVersion = version }, TestCluster.Token);
        const string Access = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            $"{Access}/roles",
            """{"metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["pods/exec"],"verbs":["get"]}]}"""
        );
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            $"{Access}/rolebindings",
            """
            {"metadata":{"name":"reader"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"jane"}]}
            """
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), $"{Exec}?command=ls"));
        request.Headers.Add("Impersonate-User", "jane");
        using var answer = await _cluster.Client.HttpClient.SendAsync(request, TestCluster.Token);

        Assert.Equal(
            isRefused,
            (await answer.Content.ReadAsStringAsync(TestCluster.Token)).Contains("cannot create resource", StringComparison.Ordinal)
        );
    }

    private async Task<(int Code, string Output)> RunAsync(string[] command)
    {
        var printed = "";
        var code = await _cluster.Client.NamespacedPodExecAsync(
            "box",
            "default",
            "box",
            command,
            tty: false,
            async (_, output, _) =>
            {
                using var reader = new StreamReader(output, Encoding.UTF8);
                printed = await reader.ReadToEndAsync(TestCluster.Token);
            },
            TestCluster.Token
        );
        return (code, printed);
    }
}
