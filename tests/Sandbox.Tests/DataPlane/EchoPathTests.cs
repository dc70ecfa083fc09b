using System.Text;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class EchoPathTests
{
    [Fact]
    public async Task The_walk_through_answers_hello_jose()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();

        var answer = await Wait.ForAsync(
            async () =>
                await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x"
                    ? await Dial.AskAsync(address, 9000, "jose\n", TestCluster.Token)
                    : null,
            TestCluster.Token
        );

        Assert.Equal("hello jose", answer);
        Assert.DoesNotContain(cluster.Fleet.Problems, problem => problem.Endpoint.Port == 9000);
    }

    [Fact]
    public async Task The_echo_server_logs_requests_and_answers()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
        var pod = (await cluster.ExpectAsync(200, HttpMethod.Get, "/api/v1/namespaces/default/pods"))
            .Items("items")
            .Single()
            .Text("metadata", "name");
        var log = $"/api/v1/namespaces/default/pods/{pod}/log";
        Assert.Equal(
            "listening on [::]:9000, prefix: hello\nrequest: x\nresponse: hello x\n",
            (await cluster.SendAsync(HttpMethod.Get, log)).Body
        );

        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(cluster.Fleet.ApiServer(TestCluster.Id), $"{log}?follow=true&tailLines=1")
        );
        using var followed = await cluster.Client.HttpClient.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            TestCluster.Token
        );
        using var reader = new StreamReader(await followed.Content.ReadAsStreamAsync(TestCluster.Token));
        Assert.Equal("response: hello x", await reader.ReadLineAsync(TestCluster.Token));
        Assert.Equal("hello jose", await Dial.AskAsync(address, 9000, "jose\n", TestCluster.Token));
        Assert.Equal("request: jose", await reader.ReadLineAsync(TestCluster.Token));
        Assert.Equal("response: hello jose", await reader.ReadLineAsync(TestCluster.Token));

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"/api/v1/namespaces/default/pods/{pod}");
        Assert.Null(await reader.ReadLineAsync(TestCluster.Token));
    }

    [Fact]
    public void The_newest_output_is_kept_and_an_overlong_line_is_dropped()
    {
        var output = new ContainerOutput(TimeProvider.System);

        output.Echoed(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(number => $"hello {number}\n"))),
            "hello "u8
        );
        output.Echoed(Encoding.UTF8.GetBytes($"{new string('y', 40_000)}\nhello last\n"), "hello "u8);

        var lines = output.After(0);
        Assert.Equal(["response: hello 99999", "request: last", "response: hello last"], lines.TakeLast(3).Select(line => line.Text));
        Assert.InRange(lines.Sum(line => line.Text.Length), 16_000, 32 * 1024);
    }
}
