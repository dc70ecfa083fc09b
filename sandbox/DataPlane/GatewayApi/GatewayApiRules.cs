using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.GatewayApi;

/// <summary>
/// Decides which routes attach to which listeners, and which backends they may use (gateway-api.sigs.k8s.io, concepts: security model;
/// domain facts 2.2 and 2.3).
/// </summary>
internal static class GatewayApiRules
{
    public const string Class = "istio";
    public const string Group = "gateway.networking.k8s.io";
    private const int FirstWithTls = 30;
    private const int FirstWithTcp = 31;

    public static IEnumerable<ResourceType> RouteTypes => [ResourceCatalog.TcpRoute, ResourceCatalog.TlsRoute];

    /// <summary>
    /// The kind of route that a listener accepts. Null when the revision cannot serve the protocol: plain TCP before asm-1-31, TLS
    /// passthrough before asm-1-30.
    /// </summary>
    public static ResourceType? RouteType(JsonNode listener, MeshShape? mesh) =>
        (listener.Text("protocol"), Minor(mesh)) switch
        {
            ("TCP", >= FirstWithTcp) => ResourceCatalog.TcpRoute,
            ("TLS", >= FirstWithTls) when listener.Text("tls", "mode") == "Passthrough" => ResourceCatalog.TlsRoute,
            _ => null,
        };

    public static bool IsOurs(JsonObject gateway) => gateway.Text("spec", "gatewayClassName") == Class;

    public static bool RefersTo(JsonNode parent, JsonObject route, JsonObject gateway) =>
        (parent.Text("kind") ?? "Gateway") == "Gateway"
        && (parent.Text("group") ?? Group) == Group
        && parent.Text("name") == gateway.Name()
        && (parent.Text("namespace") ?? route.Namespace()) == gateway.Namespace();

    /// <returns>The reason for the refusal. Null when the listener accepts the route.</returns>
    public static string? Refusal(
        ObjectStore store,
        JsonNode parent,
        JsonObject route,
        ResourceType routeType,
        JsonObject gateway,
        JsonNode listener,
        MeshShape? mesh
    )
    {
        if (
            (parent.Text("sectionName") is { } section && section != listener.Text("name"))
            || (parent.Number("port") is { } port && port != listener.Number("port"))
        )
        {
            return "NoMatchingParent";
        }

        if (
            RouteType(listener, mesh) != routeType
            || (
                listener.Items("allowedRoutes", "kinds").ToArray() is { Length: > 0 } kinds
                && !kinds.Any(kind => kind.Text("kind") == routeType.Kind)
            )
        )
        {
            return "NotAllowedByListeners";
        }

        var allowed = listener.Text("allowedRoutes", "namespaces", "from") switch
        {
            "All" => true,
            "Selector" => store.Get(ResourceCatalog.Namespace, "", route.Namespace()) is { } home
                && Selected(listener.At("allowedRoutes", "namespaces", "selector"), home.Strings("metadata", "labels")),
            _ => route.Namespace() == gateway.Namespace(),
        };
        return !allowed ? "NotAllowedByListeners"
            : routeType == ResourceCatalog.TlsRoute && !ServerNames(route, listener).Any() ? "NoMatchingListenerHostname"
            : null;
    }

    /// <summary>The host names that both the route and the listener have.</summary>
    public static IEnumerable<string> ServerNames(JsonObject route, JsonNode listener)
    {
        var own = listener.Text("hostname") ?? "*";
        var names = route.Items("spec", "hostnames").Select(name => name.ToString()).DefaultIfEmpty("*");
        return names
            .Where(name => HostNames.Covers(own, name) || HostNames.Covers(name, own))
            .Select(name => HostNames.Covers(own, name) ? name : own);
    }

    /// <returns>Reason and message for an unusable backend. Null when it is usable.</returns>
    public static (string Reason, string Message)? BackendProblem(
        ObjectStore store,
        JsonObject route,
        ResourceType routeType,
        JsonNode backend
    )
    {
        var (home, name) = (backend.Text("namespace") ?? route.Namespace(), backend.Text("name") ?? "");
        if ((backend.Text("kind") ?? "Service") != "Service" || backend.Text("group") is not (null or ""))
        {
            return (
                "InvalidKind",
                $"referencing unsupported backendRef: group \"{backend.Text("group")}\" kind \"{backend.Text("kind")}\""
            );
        }

        if (home != route.Namespace() && !Granted(store, route, routeType, home, name))
        {
            return (
                "RefNotPermitted",
                $"backendRef {name}/{home} not accessible to a {routeType.Kind} in namespace \"{route.Namespace()}\" (missing a "
                    + "ReferenceGrant?)"
            );
        }

        return store.Get(ResourceCatalog.Service, home, name) is null
            ? ("BackendNotFound", $"backend({name}.{home}.svc.cluster.local) not found")
            : null;
    }

    private static bool Granted(ObjectStore store, JsonObject route, ResourceType routeType, string home, string name) =>
        store
            .List(ResourceCatalog.ReferenceGrant, home)
            .Any(grant =>
                grant
                    .Items("spec", "from")
                    .Any(from =>
                        from.Text("group") == Group && from.Text("kind") == routeType.Kind && from.Text("namespace") == route.Namespace()
                    )
                && grant
                    .Items("spec", "to")
                    .Any(to =>
                        to.Text("group") is null or ""
                        && to.Text("kind") == "Service"
                        && (to.Text("name") is null || to.Text("name") == name)
                    )
            );

    private static bool Selected(JsonNode? selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Strings("matchLabels").All(pair => labels.GetValueOrDefault(pair.Key) == pair.Value)
        && selector
            .Items("matchExpressions")
            .All(expression =>
                (expression.Text("operator"), labels.GetValueOrDefault(expression.Text("key") ?? "")) switch
                {
                    ("Exists", var value) => value is not null,
                    ("DoesNotExist", var value) => value is null,
                    ("In", var value) => value is not null && expression.Items("values").Any(one => one.ToString() == value),
                    ("NotIn", var value) => value is null || !expression.Items("values").Any(one => one.ToString() == value),
                    _ => false,
                }
            );

    private static int Minor(MeshShape? mesh) =>
        mesh?.Revisions.Max(revision => int.Parse(revision.Split('-')[^1], CultureInfo.InvariantCulture)) ?? 0;
}
