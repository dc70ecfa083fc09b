using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>The Services of a cluster that are load balancers, or stand in front of one of the spec's gateways.</summary>
internal sealed record GatewaysSnapshot(IReadOnlyList<ObservedService> Services)
{
    /// <summary>With every strategy, since all Services share the rules that a node has room for.</summary>
    /// <param name="addresses">The addresses of the spec that gateways can have now, and the clean-up of old ones.</param>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<GatewaysSnapshot> ObserveAsync(
        KubernetesApi api,
        ClusterSpec spec,
        AddressPlan addresses,
        CancellationToken cancellationToken
    )
    {
        var gateways = spec.Mesh.Gateways.Select(gateway => AddOn.Gateway(spec, gateway)).ToList();
        var services = new List<ObservedService>();
        string[] namespaces = [.. gateways.Select(gateway => gateway.Namespace)];
        foreach (var service in await api.ListAsync(ObjectKind.Service, labelSelector: null, namespaces, cancellationToken))
        {
            var observed = Of(service);
            var isGateway = gateways.Exists(observed.IsAt);
            if (!isGateway && !observed.IsLoadBalancer)
            {
                continue;
            }

            services.Add(
                isGateway && observed.Terminates is null && (observed.Address is null || Moves(observed))
                    ? observed with
                    {
                        Warning = LoadBalancerFailure.Of(await api.ListEventsAsync(service.Namespace(), service.Uid(), cancellationToken)),
                    }
                    : observed
            );
        }

        return new GatewaysSnapshot(services);

        bool Moves(ObservedService service) =>
            addresses.Chosen?.Any(address =>
                address.Ip is { } ip && ip != service.Address && service.IsAt(AddOn.Gateway(spec, address.Gateway))
            ) == true;
    }

    internal static ObservedService Of(JsonObject service)
    {
        var (@namespace, name) = (service.Namespace(), service.Name());
        return new ObservedService(@namespace, name)
        {
            IsLoadBalancer = service["spec"]?["type"]?.GetValue<string>() == "LoadBalancer",
            IsOurs = DesiredObjects.IsOurs(service),
            IsOfListenerGateway = service.Label(GatewayPods.GatewayName) is { } gateway && PortGroup.IsName(gateway),
            Ports = service.ServicePorts().Count(),
            Families = Math.Max(1, (service["spec"]?["ipFamilies"] as JsonArray)?.Count ?? 1),
            Address = LoadBalancer.Address(service),
            Ipv6 = LoadBalancer.Address(service, IpFamily.IPv6),
            AddressAnnotations = AddressAnnotations.Observed(service).ToDictionary(one => one.Key, one => $"{one.Value}"),
            Applied = AddressAnnotations.Applied(service),
            Uid = service.Uid(),
            Version = service.ResourceVersion(),
            Terminates = Terminating.IsOne(service) ? Terminating.Tell(new ObjectRef(ObjectKind.Service, @namespace, name), service) : null,
        };
    }
}

internal sealed record ObservedService(string Namespace, string Name)
{
    public bool IsLoadBalancer { get; init; }

    /// <summary>MeshPort made it.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Istio made it for a Gateway of MeshPort, with a port for each listener and the status port.</summary>
    public bool IsOfListenerGateway { get; init; }

    /// <summary>How many ports it has; each takes a rule of the load balancer for each family.</summary>
    public int Ports { get; init; }

    /// <summary>How many IP families it has.</summary>
    public int Families { get; init; } = 1;

    /// <summary>Null while the load balancer has none.</summary>
    public string? Address { get; init; }

    /// <summary>Its address of IPv6; null without one.</summary>
    public string? Ipv6 { get; init; }

    /// <summary>Its annotations about its address.</summary>
    public IReadOnlyDictionary<string, string> AddressAnnotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The names of those that MeshPort has applied.</summary>
    public IReadOnlyList<string> Applied { get; init; } = [];

    public string? Uid { get; init; }

    public string? Version { get; init; }

    /// <summary>For people, while it is being deleted.</summary>
    public string? Terminates { get; init; }

    /// <summary>Why the cluster cannot make the load balancer, where it says so.</summary>
    public string? Warning { get; init; }

    public bool IsAt(GatewayService place) => Namespace == place.Namespace && Name == place.Service;
}
