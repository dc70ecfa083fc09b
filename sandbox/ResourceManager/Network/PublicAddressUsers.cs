using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>The Services of clusters that use public addresses of customers.</summary>
internal sealed class PublicAddressUsers(SandboxWorld world)
{
    private const string Table = "public-address-users";

    /// <param name="service">The namespace and the name: <c>default/web</c>.</param>
    /// <param name="frontend">The name of the load balancer's frontend.</param>
    public void Add(string clusterId, string service, string addressId, string frontend) =>
        world.Store.Put(Table, Key(clusterId, service), new JsonObject { ["id"] = addressId, ["frontend"] = frontend });

    public void Remove(string clusterId, string service) => world.Store.Delete(Table, Key(clusterId, service));

    /// <summary>The cluster and the frontend that use an address. Nulls when it is free.</summary>
    public (string? ClusterId, string? Frontend) Of(string addressId) =>
        world
            .Store.List(Table)
            .Where(entry => string.Equals(entry.Document.Text("id"), addressId, StringComparison.OrdinalIgnoreCase))
            .Select(entry => ((string?)entry.Key.Split('|')[0], entry.Document.Text("frontend")))
            .FirstOrDefault();

    /// <summary>The addresses of customers that a cluster uses, each with the first frontend.</summary>
    public IEnumerable<(string AddressId, string Frontend)> In(string clusterId) =>
        world
            .Store.List(Table, clusterId + "|")
            .Select(entry => (entry.Document.Text("id") ?? "", entry.Document.Text("frontend") ?? ""))
            .DistinctBy(use => use.Item1, StringComparer.OrdinalIgnoreCase);

    private static string Key(string clusterId, string service) => $"{clusterId}|{service}";
}
