using System.Net;
using System.Net.Sockets;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class SilentPortTests
{
    [Fact]
    public async Task Connecting_to_a_port_behind_a_closed_firewall_gets_no_answer()
    {
        await using var silent = new SilentPort(new IPEndPoint(IPAddress.Parse("127.19.7.7"), 9000), ("a", "b"));
        using var client = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestCluster.Token);
        patience.CancelAfter(TimeSpan.FromMilliseconds(500));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.ConnectAsync(IPAddress.Parse("127.19.7.7"), 9000, patience.Token));
    }
}
