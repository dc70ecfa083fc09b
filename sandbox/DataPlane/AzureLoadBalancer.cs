using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MeshPort.Sandbox.DataPlane.Istio;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>
/// Azure's load balancer for one cluster. It holds every port of every LoadBalancer Service with an address, and serves it, refuses it or
/// stays silent (<see cref="PortState"/>). Ports of no Service are refused, because loopback cannot be silent without a listener. It
/// reconciles after relevant changes, and periodically only while a port is unavailable.
/// </summary>
internal sealed class AzureLoadBalancer(
    ObjectStore store,
    TrafficRouter router,
    ConnectionServer server,
    ContainerOutputs outputs,
    SubnetFirewall firewall,
    ConnectionFaults faults,
    SandboxWorld world,
    Func<ClusterShape> shape
) : IAsyncDisposable
{
    /// <summary>The retry interval for a port that another process holds, in real time.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>How long Envoy keeps connections of a removed listener (istio, drainDuration).</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(45);

    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8");

    private static readonly HashSet<ResourceType> Matter =
    [
        ResourceCatalog.Service,
        ResourceCatalog.Pod,
        ResourceCatalog.Gateway,
        ResourceCatalog.VirtualService,
        ResourceCatalog.ListeningGateway,
        ResourceCatalog.TcpRoute,
        ResourceCatalog.TlsRoute,
        ResourceCatalog.Namespace,
    ];

    private readonly ConcurrentDictionary<Frontend, (PortState State, IPublicPort Port)> _ports = [];
    private readonly ConcurrentDictionary<Frontend, PublicPortProblem> _problems = [];
    private readonly IstiodLog _istiod = new(store, router.Istio, outputs, world.Clock);
    private readonly ConcurrentDictionary<Frontend, Fault> _cut = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _draining = [];
    private Task _loop = Task.CompletedTask;

    /// <summary>The last exception, a defect of the sandbox.</summary>
    public Exception? LastFault { get; private set; }

    public IReadOnlyList<PublicPortProblem> Problems => [.. _problems.Values.OrderBy(problem => problem.Message, StringComparer.Ordinal)];

    public void Start()
    {
        store.Changed += Wake;
        faults.Added += Cut;
        world.Store.Written += Wake;
        _loop = Task.Run(() => LoopAsync(_stop.Token));
    }

    /// <summary>Requests another reconciliation after a change outside the store.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        store.Changed -= Wake;
        faults.Added -= Cut;
        world.Store.Written -= Wake;
        await _stop.CancelAsync();
        await _loop;
        foreach (var (_, held) in _ports)
        {
            await held.Port.DisposeAsync();
        }

        await Task.WhenAll(_draining);
        _stop.Dispose();
    }

    private void Wake(ObjectEvent change)
    {
        if (Matter.Contains(change.Key.Type))
        {
            Wake();
        }
    }

    private void Wake(string table, string key)
    {
        if (
            table == ResourceStore.Table
            && shape().SubnetId is not null
            && key.Contains("/Microsoft.Network/", StringComparison.OrdinalIgnoreCase)
        )
        {
            Wake();
        }
    }

    private void Cut(Fault fault)
    {
        foreach (var (frontend, _) in _ports.Where(pair => faults.CutsOpen(fault, pair.Key)))
        {
            _cut[frontend] = fault;
            _wake.Writer.TryWrite(true);
        }
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var failed = await FailsAsync(cancellationToken);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (failed || _problems.Values.Any(problem => problem.ServedAt is null))
            {
                wait.CancelAfter(RetryInterval);
            }

            try
            {
                await _wake.Reader.ReadAsync(wait.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue; // retry
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<bool> FailsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SyncAsync();
            return false;
        }
        // The outer edge of the load balancer: an exception over one object must not close all ports.
        catch (Exception unexpected) when (!cancellationToken.IsCancellationRequested)
        {
            LastFault = unexpected;
            return true;
        }
    }

    private async Task SyncAsync()
    {
        _istiod.Write();
        var wanted = Wanted();
        foreach (var (frontend, held) in _ports.ToArray())
        {
            if (!wanted.TryGetValue(frontend, out var state) || !state.Equals(held.State) || _cut.ContainsKey(frontend))
            {
                _ports.TryRemove(frontend, out _);
                _cut.TryRemove(frontend, out _);
                await GiveUpAsync(held.Port, drain: wanted.ContainsKey(frontend) && state?.Kind == PortStateKind.Refusing);
            }
        }

        foreach (var gone in _problems.Keys.Where(frontend => !wanted.ContainsKey(frontend)))
        {
            _problems.TryRemove(gone, out _);
        }

        foreach (var (frontend, state) in wanted.Where(pair => !_ports.ContainsKey(pair.Key)))
        {
            Hold(frontend, state);
        }
    }

    private async Task GiveUpAsync(IPublicPort port, bool drain)
    {
        _draining.RemoveAll(task => task.IsCompleted);
        if (drain && port is ServedPort served)
        {
            _draining.Add(served.DrainAsync(DrainTime, _stop.Token));
        }
        else
        {
            await port.DisposeAsync();
        }
    }

    private void Hold(Frontend frontend, PortState state)
    {
        try
        {
            _ports[frontend] = (state, Open(frontend, state, AddressFamilies.Listening(frontend.Endpoint)));
            _problems.TryRemove(frontend, out _);
        }
        catch (SocketException exception) when (world.Addresses.AreShared && state.Kind == PortStateKind.Served)
        {
            var port = Open(frontend, state, new IPEndPoint(AddressFamilies.Listening(frontend.Endpoint).Address, 0));
            _ports[frontend] = (state, port);
            _problems[frontend] = new PublicPortProblem(
                frontend.Endpoint,
                $"{frontend.Endpoint} of {frontend.Namespace}/{frontend.Name} is served at {port.Endpoint}: "
                    + $"this system has only one loopback address ({exception.SocketErrorCode})",
                IsInUse: false,
                port.Endpoint
            );
        }
        catch (SocketException exception)
        {
            Record(frontend, state, exception.SocketErrorCode);
        }
    }

    private IPublicPort Open(Frontend frontend, PortState state, IPEndPoint endpoint) =>
        state.Kind switch
        {
            PortStateKind.Silent => new SilentPort(endpoint),
            PortStateKind.Refusing => new RefusingPort(endpoint),
            _ => new ServedPort(
                endpoint,
                state.Sources,
                source => Allowed(frontend, source),
                stop => faults.AdmitAsync(frontend, stop),
                (source, serverName) => Route(frontend, source, serverName),
                server,
                world.Clock
            ),
        };

    /// <summary>
    /// Not every user can listen on low ports (80 and 443 of the add-on's Service). That is a problem only for a served port.
    /// </summary>
    private void Record(Frontend frontend, PortState state, SocketError error)
    {
        if (state.Kind != PortStateKind.Served && (error == SocketError.AccessDenied || world.Addresses.AreShared))
        {
            _problems.TryRemove(frontend, out _);
            return;
        }

        var message = error switch
        {
            SocketError.AddressAlreadyInUse => $"{frontend.Endpoint} is in use by another process",
            SocketError.AccessDenied => $"this user may not listen on {frontend.Endpoint}",
            _ => $"listening on {frontend.Endpoint} failed: {error}",
        };
        _problems[frontend] = new PublicPortProblem(frontend.Endpoint, message, error == SocketError.AddressAlreadyInUse);
    }

    private Hop Route(Frontend frontend, IPAddress source, string? serverName) =>
        store.Get(ResourceCatalog.Service, frontend.Namespace, frontend.Name) is { } body
            ? router.Route(body, frontend.Endpoint.Port, AddressFamilies.IsIpv6(frontend.Endpoint), serverName, source)
            : Hop.Reset("the Service no longer exists");

    private bool Allowed(Frontend frontend, IPAddress source)
    {
        var service = store.Get(ResourceCatalog.Service, frontend.Namespace, frontend.Name);
        var port = service?.Items("spec", "ports").FirstOrDefault(port => port.Number("port") == frontend.Endpoint.Port);
        var received =
            service is not null && port is not null
                ? FrontendRules.Destination(service, port, frontend.Endpoint, TrafficRouter.Node)
                : frontend.Endpoint;
        return shape().SubnetId is null || firewall.Allows(shape().SubnetId, source, received.Address, received.Port);
    }

    private Dictionary<Frontend, PortState> Wanted()
    {
        var (wanted, udp) = (new Dictionary<Frontend, PortState>(), new Dictionary<Frontend, PortState>());
        var notes = store.Note(LoadBalancerNotes.Name);
        var services = store.List(ResourceCatalog.Service).Where(service => service.Text("spec", "type") == "LoadBalancer").ToList();
        var denied = services.Where(FrontendRules.DeniesOthers).SelectMany(Addresses).ToHashSet();
        foreach (var service in services)
        {
            var accepted = LoadBalancerNotes.Of(notes, service);
            foreach (var address in Addresses(service))
            {
                var allowed = FrontendRules.Sources(service, world.Addresses.Inside, AddressFamilies.IsIpv6(IPAddress.Parse(address)));
                var sources = denied.Contains(address) && !FrontendRules.HasSources(service) ? [] : allowed;
                foreach (var port in service.Items("spec", "ports").Where(port => port.Text("protocol") == "UDP"))
                {
                    // No rule of the load balancer takes TCP here, unless another port of the Service has the same number.
                    var silent = new IPEndPoint(IPAddress.Parse(address), (int)(port.Number("port") ?? 0));
                    udp.TryAdd(new Frontend(silent, service.Namespace(), service.Name()), new PortState(PortStateKind.Silent, null));
                }

                foreach (var port in service.Items("spec", "ports").Where(port => port.Text("protocol") == "TCP"))
                {
                    if (accepted?.Contains($"TCP {port.Number("port")}") == false)
                    {
                        continue;
                    }

                    var endpoint = new IPEndPoint(IPAddress.Parse(address), (int)(port.Number("port") ?? 0));
                    var received = FrontendRules.Destination(service, port, endpoint, TrafficRouter.Node);
                    var guarded = FrontendRules.IsInternal(service)
                        ? null
                        : firewall.Sources(shape().SubnetId, received.Address, received.Port);
                    var silent =
                        guarded is []
                        || (
                            sources is not null
                            && !sources.Any(range => range.Contains(Loopback.BaseAddress) || Loopback.Contains(range.BaseAddress))
                        )
                        || !router.IsServed(service, port)
                        || (
                            HealthProbes.Port(service, port) is { } probed
                            && !firewall.AllowsProbes(shape().SubnetId, TrafficRouter.Node, probed)
                        );
                    wanted.TryAdd(
                        new Frontend(endpoint, service.Namespace(), service.Name()),
                        new PortState(
                            silent ? PortStateKind.Silent
                                : router.Route(service, endpoint.Port, AddressFamilies.IsIpv6(endpoint)).Kind == HopKind.Refused
                                    ? PortStateKind.Refusing
                                : PortStateKind.Served,
                            sources ?? guarded
                        )
                    );
                }
            }
        }

        var taken = wanted.Keys.Select(frontend => frontend.Endpoint).ToHashSet();
        foreach (var (frontend, state) in udp.Where(pair => taken.Add(pair.Key.Endpoint)))
        {
            wanted[frontend] = state;
        }

        return wanted;
    }

    private static IEnumerable<string> Addresses(JsonObject service) =>
        service.Items("status", "loadBalancer", "ingress").Select(entry => entry.Text("ip")).OfType<string>();
}
