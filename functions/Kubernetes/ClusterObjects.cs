using System.Net;
using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// The objects of one cluster, read once in each pass. Workloads, routes and ports decide from the same lists. Objects that others own are
/// among them: all Services, and the objects of Istio and the Gateway API that may decide what the clients of an exposure get.
/// </summary>
internal sealed record ClusterObjects
{
    public static readonly ClusterObjects None = new();

    /// <summary>The name of this installation. Objects of other installations belong to others.</summary>
    public string Installation { get; init; } = "";

    /// <summary>The objects with MeshPort's label, of the requested kinds.</summary>
    public IReadOnlyDictionary<ObjectRef, JsonObject> Ours { get; init; } = new Dictionary<ObjectRef, JsonObject>();

    /// <summary>All Services of all namespaces.</summary>
    public IReadOnlyDictionary<ObjectRef, JsonObject> Services { get; init; } = new Dictionary<ObjectRef, JsonObject>();

    /// <summary>False when the identity may not list in all namespaces: the Services are those of the query's namespaces then.</summary>
    public bool HasAllServices { get; init; } = true;

    /// <summary>The same for the Gateways and VirtualServices of Istio.</summary>
    public bool HasAllGateways { get; init; } = true;

    /// <summary>False when the identity may not list the ConfigMaps with parameters of Gateways: nothing is known of them.</summary>
    public bool HasParameters { get; init; } = true;

    /// <summary>The namespaces of former Gateways that the identity may not list: nothing is known of them.</summary>
    public IReadOnlyList<string> Unlisted { get; init; } = [];

    /// <summary>The objects without MeshPort's label, of the kinds that the query asks for as a whole.</summary>
    public IReadOnlyDictionary<ObjectRef, JsonObject> Others { get; init; } = new Dictionary<ObjectRef, JsonObject>();

    /// <summary>By Service of a gateway, the labels of the pods behind it, where a decision needs them.</summary>
    public IReadOnlyDictionary<ObjectRef, IReadOnlyList<JsonObject>> PodLabels { get; init; } =
        new Dictionary<ObjectRef, IReadOnlyList<JsonObject>>();

    /// <summary>The resources of the Gateway API that the cluster serves, by plural.</summary>
    public IReadOnlySet<string> GatewayApi { get; init; } = new HashSet<string>();

    /// <summary>The Deployments of Istio's control planes.</summary>
    public IReadOnlyList<JsonObject> ControlPlanes { get; init; } = [];

    /// <summary>By Deployment, the reason why its pods do not start, with advice.</summary>
    public IReadOnlyDictionary<ObjectRef, string> PodErrors { get; init; } = new Dictionary<ObjectRef, string>();

    /// <summary>The Secrets with the certificates of gateways, and of the probe.</summary>
    public TlsSecrets Secrets { get; init; } = TlsSecrets.None;

    /// <summary>The add-on that reads key vaults; null where no exposure needs it.</summary>
    public SecretsProvider? SecretsProvider { get; init; }

    /// <summary>By Service, why the cluster could not make or change its load balancer at the last attempt.</summary>
    public IReadOnlyDictionary<ObjectRef, string> LoadBalancerFailures { get; init; } = new Dictionary<ObjectRef, string>();

    /// <summary>Without the Services that the pass has deleted since.</summary>
    public ClusterObjects Without(IReadOnlyCollection<ObjectRef> deleted) =>
        deleted.Count == 0 ? this : this with { Services = Services.Where(service => !deleted.Contains(service.Key)).ToDictionary() };

    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<ClusterObjects> ReadAsync(KubernetesApi api, ObjectsQuery query, CancellationToken cancellationToken)
    {
        var services = api.ListAsync(ObjectKind.Service, null, query.Namespaces, query.Former, cancellationToken);
        var kinds = query
            .Kinds.Where(kind => kind != ObjectKind.Service && kind != ObjectKind.ConfigMap)
            .Concat(query.Whole)
            .Distinct()
            .ToList();
        var optional = query.Optional.Except(kinds).ToList();
        var lists = Task.WhenAll(
            kinds
                .Select(kind =>
                    api.ListAsync(
                        kind,
                        query.Whole.Contains(kind) ? null : DesiredObjects.Selector,
                        query.Namespaces,
                        query.Former,
                        cancellationToken
                    )
                )
                .Concat(optional.Select(kind => ListIfAllowedAsync(api, kind, query.Namespaces, cancellationToken)))
        );
        var served = query.GatewayApiSupport
            ? api.ServedAsync(ObjectKind.ListenerGateway, cancellationToken)
            : Task.FromResult<IReadOnlySet<string>>(new HashSet<string>());
        var planes = query is { GatewayApiSupport: true, ControlPlaneSelector: { } selector }
            ? api.ListAsync(ObjectKind.Deployment, selector, [query.ControlPlaneNamespace], cancellationToken)
            : Task.FromResult<List<JsonObject>>([]);
        var parameters = query.Kinds.Contains(ObjectKind.ConfigMap)
            ? ListParametersAsync(api, query, cancellationToken)
            : Task.FromResult<List<JsonObject>?>([]);
        await Task.WhenAll(services, lists, served, planes, parameters);
        var all = ByTarget(ObjectKind.Service, await services);
        var found = kinds
            .Concat(optional)
            .Zip(await lists)
            .SelectMany(pair => ByTarget(pair.First, pair.Second))
            .Concat(ByTarget(ObjectKind.ConfigMap, await parameters ?? []))
            .ToLookup(one => IsOurs(one.Value, query));
        return new ClusterObjects
        {
            Installation = query.Installation,
            Services = all,
            HasAllServices = api.ListsAll(ObjectKind.Service),
            HasAllGateways = api.ListsAll(ObjectKind.Gateway) && api.ListsAll(ObjectKind.VirtualService),
            HasParameters = await parameters is not null,
            Unlisted = query.Former.Refused,
            Ours = found[true].Concat(all.Where(service => IsOurs(service.Value, query))).ToDictionary(),
            Others = found[false].ToDictionary(),
            GatewayApi = await served,
            ControlPlanes = await planes,
        };
    }

    /// <summary>
    /// Adds the objects that have lost MeshPort's label, of the kinds that were listed by it. Only a removal needs them: where such an
    /// object is wanted, its creation finds it.
    /// </summary>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public async Task<ClusterObjects> AddUnmarkedAsync(KubernetesApi api, ObjectsQuery query, CancellationToken cancellationToken)
    {
        var kinds = query
            .Kinds.Where(kind => kind != ObjectKind.Service && kind != ObjectKind.ConfigMap && !query.Whole.Contains(kind))
            .Distinct()
            .ToList();
        var lists = await Task.WhenAll(
            kinds.Select(kind => api.ListAsync(kind, DesiredObjects.UnmarkedSelector, query.Namespaces, query.Former, cancellationToken))
        );
        var unmarked = kinds.Zip(lists).SelectMany(pair => ByTarget(pair.First, pair.Second)).Where(found => IsOurs(found.Value, query));
        return this with { Ours = Ours.Concat(unmarked).ToDictionary() };
    }

    /// <returns>All objects of a kind.</returns>
    public IEnumerable<JsonObject> AllOf(ObjectKind kind) =>
        Ours.Concat(Others).Where(found => found.Key.Kind == kind).Select(found => found.Value);

    /// <returns>The objects of others of a kind.</returns>
    public IEnumerable<KeyValuePair<ObjectRef, JsonObject>> OthersOf(ObjectKind kind) => Others.Where(found => found.Key.Kind == kind);

    /// <returns>MeshPort's objects of some kinds.</returns>
    public Dictionary<ObjectRef, JsonObject> OursOf(IReadOnlyCollection<ObjectKind> kinds) =>
        Ours.Where(found => kinds.Contains(found.Key.Kind)).ToDictionary();

    private static bool IsOurs(JsonObject found, ObjectsQuery query) =>
        DesiredObjects.IsOurs(found) && DesiredObjects.OtherInstallation(found, query.Installation) is null;

    private static async Task<List<JsonObject>> ListIfAllowedAsync(
        KubernetesApi api,
        ObjectKind kind,
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await api.ListOptionalAsync(kind, namespaces, cancellationToken);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return [];
        }
    }

    /// <returns>Null where the identity may not list them.</returns>
    private static async Task<List<JsonObject>?> ListParametersAsync(
        KubernetesApi api,
        ObjectsQuery query,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await api.ListOnlyInAsync(
                ObjectKind.ConfigMap,
                DesiredObjects.Selector,
                query.GatewayNamespaces,
                query.Former,
                cancellationToken
            );
        }
        catch (HttpOperationException exception) when (query.MayLackParameters && exception.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static Dictionary<ObjectRef, JsonObject> ByTarget(ObjectKind kind, IEnumerable<JsonObject> objects) =>
        objects.ToDictionary(found => new ObjectRef(kind, found.Namespace(), found.Name()));
}

/// <summary>The lists that a pass needs besides the Services.</summary>
/// <param name="Kinds">The kinds of MeshPort's objects.</param>
/// <param name="Whole">The kinds of which the objects of others matter too. One list without a label selector has both.</param>
/// <param name="Optional">Further kinds as a whole, which MeshPort may not be allowed to list.</param>
/// <param name="GatewayApiSupport">Whether to read which parts of the Gateway API the cluster and its mesh serve.</param>
/// <param name="ControlPlaneSelector">The labels of the mesh's control planes.</param>
internal sealed record ObjectsQuery(
    IReadOnlyCollection<ObjectKind> Kinds,
    IReadOnlyCollection<ObjectKind> Whole,
    IReadOnlyCollection<ObjectKind> Optional,
    bool GatewayApiSupport,
    string? ControlPlaneSelector
)
{
    /// <summary>Whether the pass goes on without the ConfigMaps when the identity may not list them.</summary>
    public bool MayLackParameters { get; init; }

    /// <summary>The namespaces that the specs name, for an identity that may not list in all.</summary>
    public required IReadOnlyCollection<string> Namespaces { get; init; }

    /// <summary>The namespaces of the gateways. MeshPort reads its ConfigMaps in no other.</summary>
    public IReadOnlyCollection<string> GatewayNamespaces { get; init; } = [];

    /// <summary>The namespaces of Gateways that the spec has left. The identity may have lost its rights there.</summary>
    public OptionalNamespaces Former { get; init; } = OptionalNamespaces.None;

    /// <summary>The name of this installation.</summary>
    public required string Installation { get; init; }

    /// <summary>The same for the mesh's control plane.</summary>
    public required string ControlPlaneNamespace { get; init; }
}
