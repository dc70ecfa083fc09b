using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class RestartTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    private string StateFile => _directory["sandbox.db"];

    [Fact]
    public async Task A_create_in_progress_at_a_restart_ends_after_it()
    {
        var token = TestContext.Current.CancellationToken;
        var options = new SandboxOptions
        {
            IsPaced = false,
            TimeScale = 300,
            StateFile = StateFile,
        };
        string poll;
        Uri endpoint;
        await using (var before = await AzureSandbox.StartAsync(options, token))
        {
            using var clients = new SandboxClients(before);
            await clients.GroupAsync("rg", token);
            poll = Assert.Single(
                (
                    await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster())
                ).Message.Headers.GetValues("Azure-AsyncOperation")
            );
            Assert.Equal("InProgress", Assert.Single(before.Operations).Status);
            endpoint = before.ResourceManagerEndpoint;
        }

        await using var after = await AzureSandbox.StartAsync(options, token);
        using var again = new SandboxClients(after);
        Assert.Equal(endpoint, after.ResourceManagerEndpoint);
        await ArmFixture.QuietAsync(after);

        Assert.Equal(
            "Succeeded",
            (await ArmFixture.SendAsync(again, "GET", new Uri(poll).PathAndQuery)).Body["status"]!.GetValue<string>()
        );
        var (_, cluster, _) = await ArmFixture.SendAsync(again, "GET", ArmFixture.ClusterPath("rg", "c1"));
        Assert.Equal("Succeeded", cluster["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Single(after.Operations, operation => operation.Kind == "managedClusters/create");
    }

    [Fact]
    public async Task A_restarted_sandbox_takes_another_port_if_its_own_is_in_use()
    {
        var token = TestContext.Current.CancellationToken;
        int port;
        await using (var before = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, StateFile = StateFile }, token))
        {
            port = before.ResourceManagerEndpoint.Port;
        }

        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
        taken.Start();
        await using var after = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, StateFile = StateFile }, token);

        Assert.NotEqual(port, after.ResourceManagerEndpoint.Port);
    }

    public void Dispose() => _directory.Dispose();
}
