using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Gives every Service of type LoadBalancer an address a minute after it asks, and takes it back when the Service goes. The due time is noted in the store.</summary>
internal sealed class LoadBalancerController(ObjectStore store, ObjectWriter writer, PublicAddresses addresses, string clusterId) : IController
{
    private const string Note = "load-balancer";
    private static readonly TimeSpan ProvisioningTime = TimeSpan.FromSeconds(60);
    private static readonly WriteOptions Options = new("v1", "cloud-controller-manager", "status");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var notes = store.Note(Note) ?? [];
        var before = notes.Copy();
        DateTimeOffset? due = null;
        var wanted = store.List(ResourceCatalog.Service).Where(service => service.Text("spec", "type") == "LoadBalancer").ToDictionary(service => $"{service.Namespace()}/{service.Name()}");
        foreach (var gone in notes.Where(note => !wanted.TryGetValue(note.Key, out var service) || note.Value.Text("uid") != service.Uid()).Select(note => note.Key).ToArray())
        {
            addresses.Release(Owner(gone));
            notes.Remove(gone);
        }

        foreach (var (name, service) in wanted)
        {
            notes[name] ??= new JsonObject { ["uid"] = service.Uid(), ["at"] = now + ProvisioningTime };
            var at = notes[name]!["at"]!.GetValue<DateTimeOffset>(); // written above, here or in an earlier run
            if (now >= at)
            {
                Assign(service, addresses.Allocate(Owner(name)).ToString());
            }
            else
            {
                due = due is null || at < due ? at : due;
            }
        }

        if (!JsonNode.DeepEquals(before, notes))
        {
            store.PutNote(Note, notes);
        }

        return due;
    }

    /// <summary>For a cluster that is being deleted.</summary>
    public void ReleaseAll()
    {
        foreach (var (name, _) in store.Note(Note) ?? [])
        {
            addresses.Release(Owner(name));
        }
    }

    private void Assign(JsonObject service, string address)
    {
        if (service.Items("status", "loadBalancer", "ingress").FirstOrDefault().Text("ip") == address)
        {
            return;
        }

        writer.Update(
            ResourceCatalog.Service, service.Namespace(), service.Name(),
            body =>
            {
                body.Child("status").Child("loadBalancer")["ingress"] = new JsonArray(new JsonObject { ["ip"] = address, ["ipMode"] = "VIP" });
                return body;
            },
            Options);
    }

    private string Owner(string service) => $"{clusterId}|{service}";
}
