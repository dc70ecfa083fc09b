using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.GatewayApi;

/// <summary>The listeners that a Gateway of the Gateway API creates in the pods of its own Deployment.</summary>
internal sealed class GatewayApiListeners(ObjectStore store, Func<ClusterShape> shape)
{
    public const string NameLabel = "gateway.networking.k8s.io/gateway-name";

    /// <inheritdoc cref="Istio.IstioListeners.Find"/>
    public Listener? Find(JsonObject pod, long target, string? serverName)
    {
        if (
            pod.Strings("metadata", "labels").GetValueOrDefault(NameLabel) is not { } name
            || store.Get(ResourceCatalog.ListeningGateway, pod.Namespace(), name) is not { } gateway
        )
        {
            return null;
        }

        var mesh = shape().Mesh;
        var chains = (
            from listener in gateway.Items("spec", "listeners")
            where listener.Number("port") == target && GatewayApiRules.IsOurs(gateway)
            let type = GatewayApiRules.RouteType(listener, mesh)
            where type is not null
            from route in store
                .List(type)
                .OrderBy(route => route.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
                .ThenBy(route => $"{route.Namespace()}/{route.Name()}", StringComparer.Ordinal)
            where
                route
                    .Items("spec", "parentRefs")
                    .Any(parent =>
                        GatewayApiRules.RefersTo(parent, route, gateway)
                        && GatewayApiRules.Refusal(store, parent, route, type, gateway, listener, mesh) is null
                    )
            select (Listener: listener, Type: type, Route: route)
        ).ToArray();
        if (chains.Length == 0)
        {
            return null;
        }

        if (chains[0].Type == ResourceCatalog.TcpRoute)
        {
            return Listener.To(Destinations(chains[0].Route, chains[0].Type));
        }

        if (serverName is null)
        {
            return Listener.NeedsServerName;
        }

        var best = chains
            .SelectMany(chain =>
                GatewayApiRules
                    .ServerNames(chain.Route, chain.Listener)
                    .Where(host => HostNames.Covers(host, serverName))
                    .Select(host => (chain.Route, chain.Type, Host: host))
            )
            .OrderByDescending(chain => !chain.Host.StartsWith('*'))
            .ThenByDescending(chain => chain.Host.Length)
            .FirstOrDefault();
        return best.Route is null
            ? Listener.Reset($"no TLSRoute has the server name '{serverName}'")
            : Listener.To(Destinations(best.Route, best.Type));
    }

    private Destination[] Destinations(JsonObject route, ResourceType type) =>
        [
            .. route
                .Items("spec", "rules")
                .FirstOrDefault()
                .Items("backendRefs")
                .Select(backend => new Destination(
                    backend.Text("namespace") ?? route.Namespace(),
                    backend.Text("name") ?? "",
                    backend.Number("port"),
                    backend.Number("weight") ?? 1,
                    GatewayApiRules.BackendProblem(store, route, type, backend)?.Message
                )),
        ];
}
