using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>On a system with only one loopback address, such as macOS, every public address is that one.</summary>
public sealed class OneLoopbackAddressTests : IDisposable
{
    private const int TimeScale = 300;
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task An_exposure_is_opened_proven_and_answers_at_the_only_address()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = TimeScale,
                OneLoopbackAddress = true,
            },
            cancellationToken
        );
        await using var meshPort = MeshPortProcess.Serve(Walkthrough.Settings(azure), _directory.Path, TimeScale);
        using var api = new MeshPortApi(await meshPort.ReadyAsync(cancellationToken));
        var exposure = $"{Walkthrough.Environment.Path}/exposures/echo";
        var port = LoopbackPorts.Free();

        await api.PutAsync(Walkthrough.Environment.Path, Walkthrough.Environment.ClusterSpec, cancellationToken);
        await api.PutAsync(exposure, Echo(port), cancellationToken);

        await Wait.UntilAsync(
            "the port is proven",
            Walkthrough.Within,
            async () =>
                (await api.GetAsync(exposure, cancellationToken)).Status?.Conditions?.Any(found =>
                    found is { Type: "Ready", Status: "True" }
                ) == true,
            cancellationToken
        );
        Assert.Equal("127.0.0.1", Assert.Single((await api.GetAsync(exposure, cancellationToken)).Status?.Addresses ?? []).Ip);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await client.GetStream().WriteAsync("jose\n"u8.ToArray(), cancellationToken);
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("hello jose", await reader.ReadLineAsync(cancellationToken));
    }

    public void Dispose() => _directory.Dispose();

    private static JsonElement Echo(int port) =>
        JsonElement.Parse(
            $$$"""
            {"port":{{{port}}},"backends":[{"service":"tcpecho","port":9000}],"workload":{"image":"istio/tcp-echo-server:1.1",
            "args":["9000","hello"],"containerPort":9000},
             "probe":{"send":"jose\n","expect":"hello jose"}}
            """
        );
}
