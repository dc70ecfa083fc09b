using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>A gateway accepts a connection before it reaches the backend. Only the backend proves an exposure.</summary>
public sealed class ProofStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backend_that_drops_packets_is_not_reachable()
    {
        await using var room = await FailureRoom.StartAsync();
        await using var outside = OutsideServer.Plain("mainframe");
        await room.AskClusterAsync();

        await room.AskExposureAsync(FailureRoom.Of("mainframe.blackhole.localhost"));
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.ConnectionReset, "check the backend's pods");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.False, Reasons.ConnectionReset, "");

        var reached = FailureRoom.Of(outside.Host);
        reached["backends"]![0]!["port"] = outside.Port; // the helper writes a backend
        await room.AskExposureAsync(reached);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Connected);
    }

    [Fact]
    public async Task A_proven_backend_that_begins_to_drop_packets_is_noticed()
    {
        await using var room = await FailureRoom.StartAsync();
        await using var server = new MutedServer();
        await room.AskClusterAsync();
        var exposure = FailureRoom.Of("mainframe.servers.localhost");
        exposure["backends"]![0]!["port"] = server.Port; // the helper writes a backend
        await room.AskExposureAsync(exposure);
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Connected);

        await server.MuteAsync(Token);
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.False, Reasons.ConnectionReset, "check the backend's pods");

        server.Unmute();
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Connected);
    }

    [Fact, FailureRow(Reasons.BackendNotProven)]
    public async Task A_gateway_that_tries_for_too_long_leaves_the_backend_unproven_until_its_rule_is_changed()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        await ForeignService.PodsAsync(cluster, Token);
        await cluster.CustomObjects.CreateNamespacedCustomObjectAsync(
            Patient(),
            Group,
            Version,
            "default",
            Plural,
            cancellationToken: Token
        );

        await room.AskExposureAsync(FailureRoom.Of("theirs"));
        await room.SeesAsync(ConditionTypes.Reachable, ConditionStatus.Unknown, Reasons.BackendNotProven, "Set probe.expect");
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.Unknown, Reasons.BackendNotProven, "");

        await cluster.CustomObjects.DeleteNamespacedCustomObjectAsync(
            Group,
            Version,
            "default",
            Plural,
            "patient",
            cancellationToken: Token
        );
        await room.HealsAsync(ConditionTypes.Reachable, Reasons.Connected);
    }

    [Fact]
    public async Task A_port_for_UDP_is_no_backend_until_it_is_for_TCP()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await ForeignService.ServiceAsync(cluster, Token);
        await ForeignService.PodsAsync(cluster, Token);
        await SetProtocolAsync(cluster, "UDP");

        await room.AskExposureAsync(FailureRoom.Of("theirs"));
        await room.SeesAsync(ConditionTypes.RouteProgrammed, ConditionStatus.False, Reasons.BackendNotFound, "for UDP only");

        await SetProtocolAsync(cluster, "TCP");
        await room.HealsAsync(ConditionTypes.RouteProgrammed);
    }

    private const string Group = "networking.istio.io";
    private const string Version = "v1";
    private const string Plural = "destinationrules";

    private static JsonObject Patient() =>
        new()
        {
            ["apiVersion"] = $"{Group}/{Version}",
            ["kind"] = "DestinationRule",
            ["metadata"] = new JsonObject { ["name"] = "patient" },
            ["spec"] = new JsonObject
            {
                ["host"] = "theirs",
                ["trafficPolicy"] = new JsonObject
                {
                    ["connectionPool"] = new JsonObject { ["tcp"] = new JsonObject { ["connectTimeout"] = "300s" } },
                },
            },
        };

    private static async Task SetProtocolAsync(IKubernetes cluster, string protocol)
    {
        var service = await cluster.CoreV1.ReadNamespacedServiceAsync("theirs", "default", cancellationToken: Token);
        service.Spec.Ports[0].Protocol = protocol;
        await cluster.CoreV1.ReplaceNamespacedServiceAsync(service, "theirs", "default", cancellationToken: Token);
    }

    /// <summary>A server that accepts connections and says nothing. While it is muted, the system drops packets for new ones.</summary>
    private sealed class MutedServer : IAsyncDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _accepted = [];
        private readonly List<Socket> _fillers = [];
        private CancellationTokenSource _muted = new();
        private Task _accepting;

        public MutedServer()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(0);
            _accepting = AcceptAsync(_muted.Token);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port; // bound

        /// <summary>Accepts no more connections, and fills the queue of those that wait.</summary>
        public async Task MuteAsync(CancellationToken cancellationToken)
        {
            await _muted.CancelAsync();
            await _accepting;
            var isFull = false;
            while (!isFull)
            {
                var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _fillers.Add(filler);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                patience.CancelAfter(TimeSpan.FromMilliseconds(500)); // the system tries again after a second
                try
                {
                    await filler.ConnectAsync(IPAddress.Loopback, Port, patience.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    isFull = true;
                }
            }
        }

        public void Unmute()
        {
            _muted.Dispose();
            _muted = new CancellationTokenSource();
            _accepting = AcceptAsync(_muted.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _muted.CancelAsync();
            await _accepting;
            _listener.Dispose();
            foreach (var socket in _accepted.Concat(_fillers))
            {
                socket.Dispose();
            }

            _muted.Dispose();
        }

        private async Task AcceptAsync(CancellationToken cancellationToken)
        {
            try
            {
                while (true)
                {
                    _accepted.Add(await _listener.AcceptAsync(cancellationToken));
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // muted, or the test is over
            }
        }
    }
}
