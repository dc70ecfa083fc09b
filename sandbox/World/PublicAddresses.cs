using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Storage;

namespace MeshPort.Sandbox.World;

/// <summary>
/// "Public" addresses are loopback addresses, 127.20.0.1 and up, so that clients can dial the real port number on one machine. Prefixes
/// begin at 127.20.64.0. Internal addresses, 127.20.128.1 and up, accept only clients whose own address is in <see cref="Inside"/>. Every
/// sandbox reserves a block (127.20.0.0/16, else 127.21.0.0/16, ...) with a listener on a guard port, so that several can run in parallel.
/// An owner keeps its address until it releases it. A system without all of 127.0.0.0/8 (macOS) uses 127.0.0.1 for everything
/// (<see cref="AreShared"/>).
/// </summary>
public sealed class PublicAddresses : IDisposable
{
    private const string Table = "addresses";
    private const int GuardPort = 47100;
    private const int FirstBlock = 20;
    private const int LastBlock = 250;
    private const int FirstInside = 128;
    private const int FirstPrefix = 64;
    private static readonly IPNetwork Everything = IPNetwork.Parse("127.0.0.0/8");
    private readonly WorldStore _store;
    private readonly Lock _lock = new();
    private readonly Socket? _guard;
    private readonly int _block;

    /// <param name="oneAddress">Behaves as if the system had only 127.0.0.1.</param>
    public PublicAddresses(WorldStore store, bool oneAddress = false)
    {
        _store = store;
        AreShared = oneAddress || !Has(FirstBlock);
        if (AreShared)
        {
            return;
        }

        (_guard, _block) = Enumerable
            .Range(FirstBlock, LastBlock - FirstBlock + 1)
            .Select(block => (Socket: TryGuard(block), Block: block))
            .First(candidate => candidate.Socket is not null || candidate.Block == LastBlock) switch
        {
            ({ } socket, var block) => (socket, block),
            _ => throw new InvalidOperationException(
                $"No block of loopback addresses is free: port {GuardPort} is taken on 127.{FirstBlock}.255.254 to 127.{LastBlock}.255.254."
            ),
        };
    }

    /// <summary>Every address is 127.0.0.1. A taken port is served at another port and reported as a problem.</summary>
    public bool AreShared { get; }

    /// <summary>The range that stands for the virtual network: its clients and internal addresses.</summary>
    public IPNetwork Inside => AreShared ? Everything : IPNetwork.Parse($"127.{_block}.{FirstInside}.0/17");

    /// <param name="owner">The holder of the address, for example a cluster's id and a Service's name.</param>
    /// <param name="inside">Requests an internal address instead of a public one.</param>
    /// <param name="name">The name of the resource in Azure, if the address has one there.</param>
    public IPAddress Allocate(string owner, bool inside = false, string? name = null)
    {
        if (AreShared)
        {
            return IPAddress.Loopback;
        }

        lock (_lock)
        {
            if (
                _store.Get(Table, owner)?["address"]?.GetValue<string>() is { } known
                && known.StartsWith($"127.{_block}.", StringComparison.Ordinal)
                && Inside.Contains(IPAddress.Parse(known)) == inside
            )
            {
                return IPAddress.Parse(known);
            }

            var taken = _store.List(Table).Select(entry => entry.Document["address"]?.GetValue<string>()).ToHashSet();
            var (first, count) = inside ? (FirstInside * 256, (FirstInside * 256) - 512) : (0, (FirstPrefix * 256) - 2);
            var address = Enumerable.Range(first + 1, count).Select(Address).First(candidate => !taken.Contains(candidate));
            _store.Put(Table, owner, new JsonObject { ["address"] = address, ["name"] = name });
            return IPAddress.Parse(address);
        }
    }

    /// <param name="owner">The holder of the prefix.</param>
    /// <param name="length">24 to 31.</param>
    public IPNetwork AllocatePrefix(string owner, int length)
    {
        if (AreShared)
        {
            return new IPNetwork(IPAddress.Loopback, 32);
        }

        lock (_lock)
        {
            if (_store.Get(Table, owner)?["prefix"]?.GetValue<string>() is { } known)
            {
                return IPNetwork.Parse(known);
            }

            var taken = _store
                .List(Table)
                .Select(entry => entry.Document["prefix"]?.GetValue<string>())
                .OfType<string>()
                .Select(prefix => IPNetwork.Parse(prefix))
                .ToList();
            var size = 1 << (32 - length);
            var prefix = Enumerable
                .Range(0, (FirstInside - FirstPrefix - 2) * 256 / size)
                .Select(number => IPNetwork.Parse($"{Address((FirstPrefix * 256) + (number * size))}/{length}"))
                .First(candidate => !taken.Exists(other => other.Contains(candidate.BaseAddress) || candidate.Contains(other.BaseAddress)));
            _store.Put(Table, owner, new JsonObject { ["prefix"] = prefix.ToString() });
            return prefix;
        }
    }

    /// <returns>An address of a prefix; null when it has no free one.</returns>
    public IPAddress? AllocateFrom(IPNetwork prefix, string owner)
    {
        if (AreShared)
        {
            return IPAddress.Loopback;
        }

        lock (_lock)
        {
            var held = _store
                .List(Table)
                .ToDictionary(entry => entry.Document["address"]?.GetValue<string>() ?? entry.Key, entry => entry.Key);
            var first = prefix.BaseAddress.GetAddressBytes();
            var address = Enumerable
                .Range(0, 1 << (32 - prefix.PrefixLength))
                .Select(number => Address((first[2] * 256) + first[3] + number))
                .OrderBy(candidate => held.GetValueOrDefault(candidate) != owner)
                .FirstOrDefault(candidate => !held.TryGetValue(candidate, out var holder) || holder == owner);
            if (address is null)
            {
                return null;
            }

            _store.Put(Table, owner, new JsonObject { ["address"] = address });
            return IPAddress.Parse(address);
        }
    }

    public void Release(string owner) => _store.Delete(Table, owner);

    public void Dispose() => _guard?.Dispose();

    private string Address(int number) => $"127.{_block}.{number / 256}.{number % 256}";

    private static bool Has(int block)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse($"127.{block}.255.254"), 0));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return false;
        }
    }

    private static Socket? TryGuard(int block)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse($"127.{block}.255.254"), GuardPort));
            socket.Listen(1);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
