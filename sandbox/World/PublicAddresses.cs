using System.Net;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.World;

/// <summary>
/// "Public" addresses are loopback addresses, 127.20.0.1 and up, so that the real port number can be dialled on one machine.
/// An owner keeps its address until it is released.
/// </summary>
public sealed class PublicAddresses(WorldStore store)
{
    private const string Table = "addresses";
    private const int First = (127 << 24) | (20 << 16) | 1;
    private readonly Lock _lock = new();

    /// <param name="owner">Whatever holds the address, for example a cluster's id and a Service's name.</param>
    public IPAddress Allocate(string owner)
    {
        lock (_lock)
        {
            if (store.Get(Table, owner)?["address"]?.GetValue<string>() is { } known)
            {
                return IPAddress.Parse(known);
            }

            var taken = store.List(Table).Select(entry => entry.Document["address"]?.GetValue<string>()).ToHashSet();
            var number = First;
            while (taken.Contains(Format(number)))
            {
                number++;
            }

            store.Put(Table, owner, new JsonObject { ["address"] = Format(number) });
            return IPAddress.Parse(Format(number));
        }
    }

    public void Release(string owner) => store.Delete(Table, owner);

    private static string Format(int number) =>
        $"{(number >> 24) & 255}.{(number >> 16) & 255}.{(number >> 8) & 255}.{number & 255}";
}
