using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Azure's load balancer in front of one cluster: listens on every port of every LoadBalancer Service that has an address. A port that no Service has is
/// refused, since loopback cannot be silent without a listener; one that the network security group does not let in is silent (<see cref="SilentPort"/>), as
/// it is in Azure: the client's connect gets no answer.
/// </summary>
internal sealed class LoadBalancer(ObjectStore store, TrafficRouter router, SubnetFirewall firewall, ConnectionFaults faults, Func<ClusterShape> shape) : IAsyncDisposable
{
    /// <summary>How often a taken port is tried again and the network security group is looked at; real time.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    /// <summary>With many ports looking at all of them takes longer, and is done less often.</summary>
    private static readonly TimeSpan LookAgainPerPort = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentDictionary<IPEndPoint, IPublicPort> _ports = [];
    private readonly ConcurrentDictionary<IPEndPoint, PublicPortProblem> _problems = [];
    private readonly ConcurrentDictionary<IPEndPoint, Fault> _cut = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public IReadOnlyList<PublicPortProblem> Problems => [.. _problems.Values.OrderBy(problem => problem.Message, StringComparer.Ordinal)];

    public void Start()
    {
        store.Changed += Wake;
        faults.Added += Cut;
        _loop = Task.Run(() => LoopAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        store.Changed -= Wake;
        faults.Added -= Cut;
        await _stop.CancelAsync();
        await _loop;
        foreach (var (_, port) in _ports)
        {
            await port.DisposeAsync();
        }

        _stop.Dispose();
    }

    private void Wake(ObjectEvent change)
    {
        if (change.Key.Type == ResourceCatalog.Service)
        {
            _wake.Writer.TryWrite(true);
        }
    }

    private void Cut(Fault fault)
    {
        foreach (var (endpoint, _) in _ports.Where(pair => faults.CutsOpen(fault, pair.Value.Service, pair.Key)))
        {
            _cut[endpoint] = fault;
            _wake.Writer.TryWrite(true);
        }
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await SyncAsync();
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (!_ports.IsEmpty || !_problems.IsEmpty)
            {
                wait.CancelAfter(LookAgain + (LookAgainPerPort * _ports.Count));
            }

            try
            {
                await _wake.Reader.ReadAsync(wait.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue; // time to look again
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task SyncAsync()
    {
        var wanted = Wanted();
        foreach (var (endpoint, port) in _ports.ToArray())
        {
            if (_cut.TryRemove(endpoint, out _) || !wanted.TryGetValue(endpoint, out var service) || (port is SilentPort) == Allowed(endpoint, IPAddress.Loopback) || port.Service != service)
            {
                _ports.TryRemove(endpoint, out _);
                await port.DisposeAsync();
            }
        }

        foreach (var gone in _problems.Keys.Where(endpoint => !wanted.ContainsKey(endpoint)))
        {
            _problems.TryRemove(gone, out _);
        }

        foreach (var (endpoint, service) in wanted.Where(pair => !_ports.ContainsKey(pair.Key)))
        {
            Open(endpoint, service);
        }
    }

    private void Open(IPEndPoint endpoint, (string Namespace, string Name) service)
    {
        try
        {
            _ports[endpoint] = Allowed(endpoint, IPAddress.Loopback)
                ? new ServedPort(endpoint, service, source => Allowed(endpoint, source), stop => faults.AdmitAsync(service, endpoint, stop), serverName => Route(service, endpoint.Port, serverName))
                : new SilentPort(endpoint, service);
            _problems.TryRemove(endpoint, out _);
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            Record(endpoint, service, exception.SocketErrorCode);
        }
    }

    /// <summary>Low ports (80 and 443 of the add-on's Service) cannot be listened on by every user; that is only a problem when something would be served there.</summary>
    private void Record(IPEndPoint endpoint, (string Namespace, string Name) service, System.Net.Sockets.SocketError error)
    {
        if (error == System.Net.Sockets.SocketError.AccessDenied && Route(service, endpoint.Port, null).Kind == HopKind.Reset)
        {
            _problems.TryRemove(endpoint, out _);
            return;
        }

        var message = error switch
        {
            System.Net.Sockets.SocketError.AddressAlreadyInUse => $"{endpoint} is in use by another process",
            System.Net.Sockets.SocketError.AccessDenied => $"{endpoint} may not be listened on by this user",
            _ => $"{endpoint} cannot be listened on: {error}",
        };
        _problems[endpoint] = new PublicPortProblem(endpoint, message, error == System.Net.Sockets.SocketError.AddressAlreadyInUse);
    }

    private Hop Route((string Namespace, string Name) service, int port, string? serverName) =>
        store.Get(ResourceCatalog.Service, service.Namespace, service.Name) is { } body ? router.Route(body, port, serverName) : new Hop(HopKind.Reset, "the Service is gone");

    private bool Allowed(IPEndPoint endpoint, IPAddress source) =>
        shape().SubnetId is null || firewall.Allows(shape().SubnetId, source, endpoint.Address, endpoint.Port);

    private Dictionary<IPEndPoint, (string Namespace, string Name)> Wanted()
    {
        var wanted = new Dictionary<IPEndPoint, (string Namespace, string Name)>();
        foreach (var service in store.List(ResourceCatalog.Service).Where(service => service.Text("spec", "type") == "LoadBalancer"))
        {
            foreach (var address in service.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("ip")).OfType<string>())
            {
                foreach (JsonNode port in service.Items("spec", "ports").Where(port => port.Text("protocol") == "TCP"))
                {
                    wanted.TryAdd(new IPEndPoint(IPAddress.Parse(address), (int)(port.Number("port") ?? 0)), (service.Namespace(), service.Name()));
                }
            }
        }

        return wanted;
    }
}
