using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// The Gateway API objects that route exposures, pure. Wire shapes: gateway.networking.k8s.io, TCPRoute and TLSRoute v1, ReferenceGrant
/// v1beta1. References have a group and a kind, though these have defaults: an edit of others then differs.
/// </summary>
internal static class GatewayApiRoutes
{
    /// <summary>
    /// A route for each port, since a route has one rule without a match (TCPRoute v1, its CRD), and the ReferenceGrants for backends in
    /// other namespaces.
    /// </summary>
    public static IEnumerable<DesiredObject> Of(NamedExposure exposure, GatewayService gateway)
    {
        var place = exposure.Spec.Backends[0].Namespace;
        var name = ObjectNames.Of(exposure.Name);
        var kind = exposure.Spec.Protocol == ExposureProtocol.Tls ? ObjectKind.TlsRoute : ObjectKind.TcpRoute;
        foreach (var part in exposure.Parts)
        {
            yield return DesiredObjects.Make(
                exposure.Name,
                new ObjectRef(kind, place, ObjectNames.OfPart(part)),
                Route(part.Spec, gateway)
            );
        }

        foreach (
            var others in exposure
                .Spec.Backends.Where(backend => !backend.IsHost && backend.Namespace != place)
                .GroupBy(backend => backend.Namespace, StringComparer.Ordinal)
        )
        {
            yield return DesiredObjects.Make(
                exposure.Name,
                new ObjectRef(ObjectKind.ReferenceGrant, others.Key, name),
                Grant(kind, place, others.Select(backend => backend.Service))
            );
        }
    }

    private static JsonObject Route(ExposureSpec spec, GatewayService gateway)
    {
        var route = new JsonObject
        {
            ["parentRefs"] = new JsonArray(
                new JsonObject
                {
                    ["group"] = ObjectKind.ListenerGateway.Group,
                    ["kind"] = ObjectKind.ListenerGateway.Name,
                    ["name"] = PortGroup.Of(spec).Name,
                    ["namespace"] = gateway.Namespace,
                    ["sectionName"] = ObjectNames.Listener(spec),
                }
            ),
            ["rules"] = new JsonArray(new JsonObject { ["backendRefs"] = new JsonArray([.. spec.Backends.Select(Backend)]) }),
        };
        if (spec.Protocol == ExposureProtocol.Tls)
        {
            route["hostnames"] = TextArray.Of(spec.SniHosts);
        }

        return route;
    }

    /// <summary>A reference to a host uses Istio's kind Hostname.</summary>
    private static JsonObject Backend(BackendSpec backend) =>
        backend.IsHost
            ? new JsonObject
            {
                ["group"] = "networking.istio.io",
                ["kind"] = "Hostname",
                ["name"] = backend.Host,
                ["port"] = backend.Port,
                ["weight"] = backend.Weight,
            }
            : new JsonObject
            {
                ["group"] = ObjectKind.Service.Group,
                ["kind"] = ObjectKind.Service.Name,
                ["name"] = backend.Service,
                ["namespace"] = backend.Namespace,
                ["port"] = backend.Port,
                ["weight"] = backend.Weight,
            };

    private static JsonObject Grant(ObjectKind route, string place, IEnumerable<string> services) =>
        new()
        {
            ["from"] = new JsonArray(
                new JsonObject
                {
                    ["group"] = route.Group,
                    ["kind"] = route.Name,
                    ["namespace"] = place,
                }
            ),
            ["to"] = new JsonArray([
                .. services
                    .Distinct()
                    .Order(StringComparer.Ordinal)
                    .Select(service => new JsonObject
                    {
                        ["group"] = ObjectKind.Service.Group,
                        ["kind"] = ObjectKind.Service.Name,
                        ["name"] = service,
                    }),
            ]),
        };
}
