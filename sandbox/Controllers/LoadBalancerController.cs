using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Gives every Service of type LoadBalancer an address after a minute, and releases it when the Service is deleted. A finalizer delays the
/// deletion until then (KEP 980). The store holds the due times. A Service that names another Service's address shares it, unless both have
/// the same port (domain facts 1.9). In a customer's subnet, a Service gets no address before the cluster's identity has a role on the
/// subnet.
/// </summary>
/// <param name="subnetProblem">The reason why the nodes' subnet cannot be used. Null when it can.</param>
/// <param name="rules">How many rules of load balancers a node can have (<see cref="RulesOfNode"/>).</param>
/// <param name="synchronized">Called when the load balancer has other ports (<see cref="LoadBalancerNotes"/>).</param>
internal sealed class LoadBalancerController(
    ObjectStore store,
    ObjectWriter writer,
    EventRecorder events,
    PublicAddresses addresses,
    string clusterId,
    Func<string?> subnetProblem,
    ILoadBalancerResources resources,
    int rules,
    Action synchronized
) : IController
{
    private const string Note = LoadBalancerNotes.Name;
    private const string Moves = "moves";
    private const string Source = "service-controller";
    private const string AddressAnnotation = "azure-load-balancer-ipv4";
    private const string NameAnnotation = "azure-pip-name";
    private const string Finalizer = "service.kubernetes.io/load-balancer-cleanup";
    private const string Failures = "failures";
    public static readonly TimeSpan ProvisioningTime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(30);
    private static readonly WriteOptions Options = new("v1", "cloud-controller-manager", "status");
    private readonly Ipv6Addresses _ipv6 = new(addresses, clusterId, resources);

    /// <summary>The name of the public IP address that AKS creates for a Service.</summary>
    public static string AddressName(JsonObject service) => $"kubernetes-{LoadBalancerRules.NameOf(service)}";

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var notes = store.Note(Note) ?? [];
        var before = notes.Copy();
        DateTimeOffset? due = null;
        var services = store
            .List(ResourceCatalog.Service)
            .Where(service => IsWanted(service) || HasFinalizer(service))
            .ToDictionary(service => $"{service.Namespace()}/{service.Name()}");
        foreach (
            var gone in notes
                .Where(note => !services.TryGetValue(note.Key, out var service) || note.Value.Text("uid") != service.Uid())
                .Select(note => note.Key)
                .ToArray()
        )
        {
            Release(gone);
            notes.Remove(gone);
        }

        foreach (var (name, service) in services.Where(service => !IsWanted(service.Value)))
        {
            if (TakeDown(notes, name, service, now) is { } gone && (due is null || gone < due))
            {
                due = gone;
            }
        }

        var wanted = services.Where(service => IsWanted(service.Value)).ToDictionary();
        foreach (var (name, service) in wanted)
        {
            if (notes[name] is null || notes[name]!["gone"] is not null)
            {
                notes[name] = new JsonObject { ["uid"] = service.Uid(), ["at"] = now + ProvisioningTime };
                SetFinalizer(service, true);
                events.Normal(ResourceCatalog.Service, service, Source, "EnsuringLoadBalancer", "Ensuring load balancer", now);
            }

            var note = notes[name]!.AsObject(); // written above, in this run or an earlier one
            var at = note["at"]!.GetValue<DateTimeOffset>();
            var shape = Shape(service);
            var isDue = now >= at || (note.Flag("failed") == true && note.Text("tried") != shape);
            if (isDue && (Address(service) is null || note.Text("shape") != shape))
            {
                if (Move(service, wanted.Values, notes, now) is { } moved)
                {
                    at = moved;
                }
                else if (Assign(service, wanted.Values, notes, now))
                {
                    (note["shape"], note["failed"]) = (shape, false);
                    note.Remove(Moves);
                    note.Remove(Failures);
                    note[LoadBalancerNotes.Ports] = new JsonArray([
                        .. LoadBalancerNotes.PortsOf(service).Select(port => JsonValue.Create(port)),
                    ]);
                    at = DateTimeOffset.MaxValue;
                }
                else
                {
                    var failures = (note.Number(Failures) ?? 0) + 1;
                    at = now + RetryTime(failures);
                    (note["at"], note["failed"], note["tried"], note[Failures]) = (at, true, shape, failures);
                }
            }
            else if (isDue)
            {
                at = DateTimeOffset.MaxValue;
            }

            due = at != DateTimeOffset.MaxValue && (due is null || at < due) ? at : due;
        }

        if (!JsonNode.DeepEquals(before, notes))
        {
            store.PutNote(Note, notes);
            synchronized();
        }

        return due;
    }

    /// <summary>
    /// A Service that gets another address is closed while the load balancer changes, as long as a removal takes (not measured): the cloud
    /// provider deletes the frontend before it creates the next one.
    /// </summary>
    /// <returns>When the change completes. Null without a change, and when it has completed.</returns>
    private DateTimeOffset? Move(JsonObject service, IReadOnlyCollection<JsonObject> all, JsonObject notes, DateTimeOffset now)
    {
        var note = notes[$"{service.Namespace()}/{service.Name()}"]!.AsObject(); // written by the caller
        var (address, _, problem) = Address(service) is null ? default : Choose(service, [.. all.Where(other => other != service)], notes);
        if (address is null || problem is not null || address == Address(service))
        {
            note.Remove(Moves);
            return null;
        }

        if (note[Moves] is null)
        {
            note[Moves] = now + RemovalTime;
            note[LoadBalancerNotes.Ports] = new JsonArray();
            events.Normal(ResourceCatalog.Service, service, Source, "EnsuringLoadBalancer", "Ensuring load balancer", now);
        }

        return note[Moves]!.GetValue<DateTimeOffset>() is var at && at > now ? at : null; // written above, in this run or an earlier one
    }

    /// <summary>Called when the cluster is being deleted.</summary>
    public void ReleaseAll()
    {
        foreach (var (name, _) in store.Note(Note) ?? [])
        {
            Release(name);
        }
    }

    /// <summary>
    /// The time to the next attempt for a Service, which a change of the Service does not wait for (the service controller of Kubernetes:
    /// minRetryDelay, maxRetryDelay).
    /// </summary>
    /// <param name="failures">Attempts that failed in a row.</param>
    private static TimeSpan RetryTime(long failures) => TimeSpan.FromSeconds(Math.Min(300, 5 * Math.Pow(2, failures - 1)));

    /// <summary>The fields of a Service that the load balancer follows.</summary>
    private static string Shape(JsonObject service) =>
        new JsonObject
        {
            ["spec"] = service["spec"]?.DeepClone(),
            ["annotations"] = service.At("metadata", "annotations")?.DeepClone(),
        }.ToJsonString();

    /// <summary>A Service that has an address keeps it, with the ports that it had, when a change is refused.</summary>
    /// <returns>False when the request was refused and must be repeated.</returns>
    private bool Assign(JsonObject service, IReadOnlyCollection<JsonObject> all, JsonObject notes, DateTimeOffset now)
    {
        var hasFailed = notes[$"{service.Namespace()}/{service.Name()}"]?.Flag("failed") == true;
        JsonObject[] others = [.. all.Where(other => other != service)];
        var (address, addressId, problem) = Choose(service, others, notes);
        problem ??= RulesOfNode.Problem(notes, service, others, rules);
        var (ipv6, obstacle) = problem is null ? _ipv6.Assign(service, others, notes) : default;
        problem ??= obstacle;
        if (problem is not null)
        {
            events.Warning(
                ResourceCatalog.Service,
                service,
                Source,
                "SyncLoadBalancerFailed",
                $"Error syncing load balancer: failed to ensure load balancer: {problem}",
                now
            );
            return false;
        }

        resources.Use($"{service.Namespace()}/{service.Name()}", LoadBalancerRules.NameOf(service), addressId);
        if (
            NamesAddress(service)
            && Address(service) is { } old
            && old != address
            && !all.Any(other => other != service && Address(other) == old)
        )
        {
            addresses.Release(Owner($"{service.Namespace()}/{service.Name()}")); // the one that AKS had created for it
        }

        if (Address(service) != address || Ipv6Addresses.Of(service) != ipv6 || hasFailed)
        {
            // Azure may list them in any order; the documentation of AKS shows IPv6 first.
            SetAddresses(service.Namespace(), service.Name(), [.. new[] { ipv6, address }.OfType<string>()]);
            events.Normal(ResourceCatalog.Service, service, Source, "EnsuredLoadBalancer", "Ensured load balancer", now);
        }

        return true;
    }

    /// <returns>The id is that of a customer's address.</returns>
    private (string? Address, string? Id, string? Problem) Choose(JsonObject service, JsonObject[] others, JsonObject notes)
    {
        if (FrontendRules.Invalid(service) is { } invalid)
        {
            return (null, null, invalid);
        }

        if (Address(service) is null && subnetProblem() is { } problem)
        {
            return (null, null, problem);
        }

        if (resources.Missing(service) is { } absent)
        {
            return (null, null, absent);
        }

        if (
            FrontendRules.DnsLabel(service) is { } label
            && others.Any(other => Address(other) is not null && FrontendRules.DnsLabel(other) == label)
        )
        {
            return (null, null, $"DnsRecordInUse: DNS record {label} is already used by another public IP.");
        }

        var (name, asked) = Named(service);
        var isInternal = FrontendRules.IsInternal(service);
        if (isInternal)
        {
            return asked is null
                ? (Allocate(service, isInternal), null, null)
                : (asked, null, InternalProblem(service, others, notes, asked));
        }

        return resources.GroupProblem(service) is { } refused ? (null, null, refused)
            : name is not null || asked is { Length: > 0 } ? Existing(service, others, notes, name, asked)
            : (Allocate(service, isInternal), null, null);
    }

    private static (string? Name, string? Address) Named(JsonObject service) =>
        (
            FrontendRules.Annotation(service, NameAnnotation),
            FrontendRules.Annotation(service, AddressAnnotation) ?? service.Text("spec", "loadBalancerIP")
        );

    private static bool NamesAddress(JsonObject service) => Named(service) is ({ Length: > 0 }, _) or (_, { Length: > 0 });

    private string Allocate(JsonObject service, bool isInternal) =>
        addresses
            .Allocate(Owner($"{service.Namespace()}/{service.Name()}"), isInternal, isInternal ? null : AddressName(service))
            .ToString();

    /// <summary>A public address that the Service names: a customer's, or one that AKS created for a Service. A name goes first.</summary>
    private (string? Address, string? Id, string? Problem) Existing(
        JsonObject service,
        JsonObject[] others,
        JsonObject notes,
        string? name,
        string? asked
    )
    {
        var (group, isOfNodes) = resources.Group(service);
        var (id, address, problem) = resources.Find(service, name, asked);
        if (address is null && isOfNodes)
        {
            address = others
                .Append(service)
                .Where(other => !FrontendRules.IsInternal(other) && (name is null ? Address(other) == asked : AddressName(other) == name))
                .Select(Address)
                .FirstOrDefault(known => known is not null);
        }

        return address is null
                ? (
                    null,
                    null,
                    name is null
                        ? $"findMatchedPIPByLoadBalancerIP: cannot find public IP with IP address {asked} in resource group {group}"
                        : $"PublicIP from annotation azure-pip-name(-IPv6)={name} for service {service.Namespace()}/{service.Name()} "
                            + "doesn't exist"
                )
            : Ipv6Addresses.IsIpv6(address) ? (null, null, $"public IP {name ?? asked} is not an IPv4 address")
            : (address, id, problem ?? PortConflicts.Find(notes, service, others, address));
    }

    private string? InternalProblem(JsonObject service, JsonObject[] others, JsonObject notes, string asked) =>
        IsFree(asked) || Address(service) == asked
            ? PortConflicts.Find(notes, service, others, asked)
            : $"PrivateIPAddressNotInSubnet: Private static IP address {asked} does not belong to the range of the subnet.";

    /// <summary>Whether an internal load balancer can take the address from the virtual network.</summary>
    private bool IsFree(string asked) => IPAddress.TryParse(asked, out var address) && addresses.Inside.Contains(address);

    private static bool IsWanted(JsonObject service) =>
        service.Text("spec", "type") == "LoadBalancer" && service.Text("metadata", "deletionTimestamp") is null;

    private static bool HasFinalizer(JsonObject service) =>
        service.Items("metadata", "finalizers").Any(finalizer => finalizer.ToString() == Finalizer);

    /// <summary>Releases the address of a Service that is being deleted or is no longer a load balancer.</summary>
    /// <returns>When the release completes. Null when it has completed.</returns>
    private DateTimeOffset? TakeDown(JsonObject notes, string name, JsonObject service, DateTimeOffset now)
    {
        if (notes[name]?["gone"] is null)
        {
            notes[name] = new JsonObject { ["uid"] = service.Uid(), ["gone"] = now + RemovalTime };
            events.Normal(ResourceCatalog.Service, service, Source, "DeletingLoadBalancer", "Deleting load balancer", now);
        }

        if (notes[name]!["gone"]!.GetValue<DateTimeOffset>() is var gone && gone > now) // written above, in this run or an earlier one
        {
            return gone;
        }

        Release(name);
        notes.Remove(name);
        SetAddresses(service.Namespace(), service.Name(), []); // another finalizer may keep the Service longer
        SetFinalizer(service, false);
        events.Normal(ResourceCatalog.Service, service, Source, "DeletedLoadBalancer", "Deleted load balancer", now);
        return null;
    }

    private void Release(string service)
    {
        addresses.Release(Owner(service));
        resources.Use(service, "", null);
        _ipv6.Release(service);
    }

    private void SetFinalizer(JsonObject service, bool isOn) =>
        writer.Update(
            ResourceCatalog.Service,
            service.Namespace(),
            service.Name(),
            body =>
            {
                JsonArray finalizers =
                [
                    .. body.Items("metadata", "finalizers")
                        .Select(finalizer => finalizer.ToString())
                        .Where(finalizer => finalizer != Finalizer),
                ];
                if (isOn)
                {
                    finalizers.Add(Finalizer);
                }

                body.Child("metadata")["finalizers"] = finalizers.Count > 0 ? finalizers : null;
                return body;
            },
            Options with
            {
                Subresource = "",
            }
        );

    private void SetAddresses(string home, string name, string[] all) =>
        writer.Update(
            ResourceCatalog.Service,
            home,
            name,
            body =>
            {
                body["status"] = new JsonObject { ["loadBalancer"] = Ipv6Addresses.Status(all) };
                return body;
            },
            Options
        );

    private static string? Address(JsonObject service) => Ipv6Addresses.All(service).FirstOrDefault(ip => !Ipv6Addresses.IsIpv6(ip));

    private string Owner(string service) => $"{clusterId}|{service}";
}
