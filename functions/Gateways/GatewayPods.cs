using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// The pods of a gateway, as far as the snapshot knows them. Istio applies an object to every pod that its selector matches, in any
/// namespace. The selectors of MeshPort's spec and of the gateway's Service say some of the labels. Other labels need the pods themselves.
/// </summary>
/// <param name="Service">The Service in front of the pods.</param>
/// <param name="Known">The labels that every pod has.</param>
/// <param name="Pods">The labels of each pod; empty where they were not read.</param>
/// <param name="Services">The Services that select the pods, in the order of their names.</param>
internal sealed record GatewayPods(
    ObjectRef Service,
    IReadOnlyDictionary<string, string> Known,
    IReadOnlyList<JsonObject> Pods,
    IReadOnlyList<KeyValuePair<ObjectRef, JsonObject>> Services
)
{
    /// <summary>The label of the pods that Istio runs for a Gateway of the Gateway API.</summary>
    public const string GatewayName = "gateway.networking.k8s.io/gateway-name";

    /// <summary>The name of the Service that Istio makes for a Gateway of the Gateway API.</summary>
    public static string ServiceName(string gateway) => $"{gateway}-istio";

    /// <summary>The Service of the pods that serve an exposure. With strategy companionService, others have an address.</summary>
    public static ObjectRef ServiceOf(ExposureSpec exposure, ClusterSpec spec)
    {
        var gateway = AddOn.Serving(spec, exposure.Gateway);
        var name = spec.Strategy == Strategy.GatewayApi ? ServiceName(PortGroup.Of(exposure).Name) : gateway.Service;
        return new ObjectRef(ObjectKind.Service, gateway.Namespace, name);
    }

    /// <summary>The pods that serve an exposure.</summary>
    public static GatewayPods Of(ExposureSpec exposure, ClusterSpec spec, ClusterObjects objects) =>
        Of(
            objects,
            ServiceOf(exposure, spec),
            spec.Strategy == Strategy.GatewayApi
                ? new Dictionary<string, string> { [GatewayName] = PortGroup.Of(exposure).Name }
                : AddOn.Gateway(spec, exposure.Gateway).Selector
        );

    /// <summary>Reads the labels of the pods of some gateways. A gateway whose pods MeshPort may not list is left out.</summary>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public static async Task<IReadOnlyDictionary<ObjectRef, IReadOnlyList<JsonObject>>> ReadAsync(
        KubernetesApi api,
        IReadOnlyCollection<GatewayPods> gateways,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<ObjectRef, IReadOnlyList<JsonObject>>();
        foreach (var gateway in gateways.DistinctBy(gateway => gateway.Service))
        {
            var selector = string.Join(',', gateway.Known.Select(label => $"{label.Key}={label.Value}"));
            if (await api.ListPodLabelsAsync(gateway.Service.Namespace, selector, cancellationToken) is { } labels)
            {
                found[gateway.Service] = labels;
            }
        }

        return found;
    }

    /// <returns>Whether a selector matches a pod; null where only the pods themselves can tell. An empty selector matches all.</returns>
    public bool? IsSelectedBy(JsonObject? selector)
    {
        var labels = (selector ?? []).Select(label => (label.Key, Value: $"{label.Value}")).ToList();
        return Pods.Count > 0 ? Pods.Any(pod => labels.TrueForAll(label => $"{pod[label.Key]}" == label.Value))
            : labels.Exists(label => Known.TryGetValue(label.Key, out var value) && value != label.Value) ? false
            : labels.TrueForAll(label => Known.ContainsKey(label.Key)) ? true
            : null;
    }

    /// <summary>
    /// Whether a port number in a Gateway of Istio stands for the port on which the pods serve an exposure. The number is a port of a
    /// Service of the pods and stands for its target port, or else it is the port of the pods itself.
    /// </summary>
    public bool IsPortOf(int number, ExposureSpec exposure)
    {
        var targets = Services
            .SelectMany(service => service.Value.ServicePorts())
            .Where(port => port.PortNumber() == number)
            .Select(port => port["targetPort"] is JsonValue target && target.TryGetValue<int>(out var found) ? found : number)
            .DefaultIfEmpty(number);
        return number == exposure.Port || targets.Contains(Target(exposure.Port));
    }

    /// <summary>The port on which the pods serve a port. Of port 443, it is that of the Services of the pods.</summary>
    public int Target(int port)
    {
        var services = Services.Select(service => service.Value).ToList();
        return SharedPort.Number(port, services.Find(service => SharedPort.Find(service) is not null) ?? services.FirstOrDefault()) ?? port;
    }

    private static GatewayPods Of(ClusterObjects objects, ObjectRef target, IReadOnlyDictionary<string, string> selector)
    {
        var known = new Dictionary<string, string>(selector, StringComparer.Ordinal);
        var own = objects.Services.GetValueOrDefault(target)?["spec"]?["selector"] as JsonObject ?? [];
        if (selector.All(label => own[label.Key] is not { } value || $"{value}" == label.Value))
        {
            foreach (var (name, value) in own)
            {
                known[name] = $"{value}";
            }
        }

        var pods = objects.PodLabels.GetValueOrDefault(target) ?? [];
        var one = new GatewayPods(target, known, pods, []);
        return one with
        {
            Services =
            [
                .. objects
                    .Services.Where(service =>
                        service.Key.Namespace == target.Namespace
                        && service.Value["spec"]?["selector"] is JsonObject { Count: > 0 } labels
                        && one.IsSelectedBy(labels) == true
                    )
                    .OrderBy(service => $"{service.Key}", StringComparer.Ordinal),
            ],
        };
    }
}
