using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane.GatewayApi;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission.Istio;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Conditions of GatewayClass, Gateways, listeners and routes, as the Gateway API defines them (gateway-api.sigs.k8s.io, guides:
/// implementers).
/// </summary>
internal sealed class GatewayApiStatus(ObjectStore store, ObjectWriter writer, MeshShape mesh, DateTimeOffset now)
{
    public const string Controller = "istio.io/gateway-controller";

    public void Report(IReadOnlyList<JsonObject> gateways)
    {
        if (store.Get(ResourceCatalog.GatewayClass, "", GatewayApiRules.Class) is { } @class)
        {
            Set(
                ResourceCatalog.GatewayClass,
                @class,
                new JsonObject
                {
                    ["conditions"] = new JsonArray(
                        Condition(@class.At("status", "conditions"), "Accepted", true, "Accepted", "Handled by Istio controller", @class)
                    ),
                }
            );
        }

        foreach (var gateway in gateways)
        {
            Set(ResourceCatalog.ListeningGateway, gateway, OfGateway(gateway));
        }

        foreach (var type in GatewayApiRules.RouteTypes)
        {
            foreach (var route in store.List(type))
            {
                Set(type, route, OfRoute(route, type, gateways));
            }
        }
    }

    /// <summary>
    /// Istio looks for the ports of all listeners at the Service. It never removes an address, also where the Service has lost it
    /// (istio/istio, pilot/pkg/config/kube/gateway/conversion.go and context.go). Pods that are not ready are not simulated here.
    /// </summary>
    private JsonObject OfGateway(JsonObject gateway)
    {
        var name = $"{gateway.Name()}-istio";
        var host = $"{name}.{gateway.Namespace()}.svc.cluster.local";
        var service = store.Get(ResourceCatalog.Service, gateway.Namespace(), name);
        var known = gateway.At("status", "conditions");
        var served = gateway.Items("spec", "listeners").Count(listener => GatewayApiRules.RouteType(listener, mesh) is not null);
        var wanted = gateway.Items("spec", "listeners").Select(listener => listener.Number("port") ?? 0L).Distinct().Order().ToList();
        var ports = wanted.Intersect(service.Items("spec", "ports").Select(port => port.Number("port") ?? 0L)).ToList();
        var addresses =
            ports.Count == 0 ? []
            : service.Text("spec", "type") == "LoadBalancer"
                ? service.Items("status", "loadBalancer", "ingress").Select(ingress => ingress.Text("ip")).OfType<string>().ToList()
            : [host];
        var status = new JsonObject
        {
            ["conditions"] = new JsonArray(
                GatewayParameters.Invalid(store, gateway) is { } invalid
                        ? Condition(known, "Accepted", false, "InvalidParameters", invalid, gateway)
                    : served > 0 ? Condition(known, "Accepted", true, "Accepted", "Resource accepted", gateway)
                    : Condition(known, "Accepted", false, "ListenersNotValid", "Invalid listeners", gateway),
                Programmed(gateway, service is null ? $"hostname \"{host}\" not found" : null, host, wanted, ports, addresses.Count > 0)
            ),
            ["listeners"] = new JsonArray([.. gateway.Items("spec", "listeners").Select(listener => OfListener(gateway, listener))]),
        };
        if (addresses.Count > 0)
        {
            status["addresses"] = new JsonArray([
                .. addresses.Select(address => new JsonObject
                {
                    ["type"] = address == host ? "Hostname" : "IPAddress",
                    ["value"] = address,
                }),
            ]);
        }
        else if (gateway.At("status", "addresses") is { } former)
        {
            status["addresses"] = former.DeepClone();
        }

        return status;
    }

    /// <param name="lost">Why there is no Service; null with one.</param>
    /// <param name="wanted">The ports of the listeners.</param>
    /// <param name="ports">Those that the Service has.</param>
    private JsonObject Programmed(
        JsonObject gateway,
        string? lost,
        string host,
        IReadOnlyList<long> wanted,
        IReadOnlyList<long> ports,
        bool hasAddress
    )
    {
        IReadOnlyList<string> unusable = lost is not null
            ? [lost]
            : [.. wanted.Except(ports).Select(port => $"port {port} not found for hostname \"{host}\"")];
        IReadOnlyList<string> warnings =
        [
            .. ports.Count > 0 && !hasAddress ? [$"address pending for hostname \"{host}\""] : Array.Empty<string>(),
            .. unusable,
        ];
        var assigned = string.Join(", ", ports.Select(port => $"{host}:{port}"));
        var known = gateway.At("status", "conditions");
        return warnings.Count == 0
            ? Condition(
                known,
                "Programmed",
                true,
                "Programmed",
                ports.Count > 0 ? $"Resource programmed, assigned to service(s) {assigned}" : "Resource programmed",
                gateway
            )
            : Condition(
                known,
                "Programmed",
                false,
                unusable.Count == 0 ? "AddressNotAssigned" : "AddressNotUsable",
                (
                    ports.Count > 0
                        ? $"Assigned to service(s) {assigned}, but failed to assign to all requested addresses: "
                        : "Failed to assign to any requested addresses: "
                ) + string.Join("; ", warnings),
                gateway
            );
    }

    private JsonObject OfListener(JsonObject gateway, JsonNode listener)
    {
        var known = gateway.Items("status", "listeners").FirstOrDefault(one => one.Text("name") == listener.Text("name")).At("conditions");
        var type = GatewayApiRules.RouteType(listener, mesh);
        var protocol = $"protocol \"{listener.Text("protocol")}\" is unsupported";
        var attached = type is null
            ? 0
            : store
                .List(type)
                .Count(route =>
                    route
                        .Items("spec", "parentRefs")
                        .Any(parent =>
                            GatewayApiRules.RefersTo(parent, route, gateway)
                            && GatewayApiRules.Refusal(store, parent, route, type, gateway, listener, mesh) is null
                        )
                );
        return new JsonObject
        {
            ["name"] = listener.Text("name"),
            ["supportedKinds"] = type is null
                ? new JsonArray()
                : new JsonArray(new JsonObject { ["group"] = GatewayApiRules.Group, ["kind"] = type.Kind }),
            ["attachedRoutes"] = attached,
            ["conditions"] = new JsonArray(
                type is null
                    ? Condition(known, "Accepted", false, "UnsupportedProtocol", protocol, gateway)
                    : Condition(known, "Accepted", true, "Accepted", "No errors found", gateway),
                Condition(known, "Conflicted", false, "NoConflicts", "No errors found", gateway),
                type is null
                    ? Condition(known, "Programmed", false, "Invalid", protocol, gateway)
                    : Condition(known, "Programmed", true, "Programmed", "No errors found", gateway),
                Condition(known, "ResolvedRefs", true, "ResolvedRefs", "No errors found", gateway)
            ),
        };
    }

    private JsonObject OfRoute(JsonObject route, ResourceType type, IReadOnlyList<JsonObject> gateways)
    {
        var parents = new JsonArray();
        foreach (var parent in route.Items("spec", "parentRefs"))
        {
            if (gateways.FirstOrDefault(gateway => GatewayApiRules.RefersTo(parent, route, gateway)) is not { } gateway)
            {
                continue; // another controller's route
            }

            var known = route
                .Items("status", "parents")
                .FirstOrDefault(one => JsonNode.DeepEquals(one["parentRef"], parent))
                .At("conditions");
            var refusals = gateway
                .Items("spec", "listeners")
                .Select(listener => GatewayApiRules.Refusal(store, parent, route, type, gateway, listener, mesh))
                .ToArray();
            var refusal = refusals.Contains(null)
                ? null
                : refusals.FirstOrDefault(reason => reason != "NoMatchingParent") ?? "NoMatchingParent";
            var problem = route
                .Items("spec", "rules")
                .SelectMany(rule => rule.Items("backendRefs"))
                .Select(backend => GatewayApiRules.BackendProblem(store, route, type, backend))
                .FirstOrDefault(found => found is not null);
            parents.Add(
                new JsonObject
                {
                    ["parentRef"] = parent.DeepClone(),
                    ["controllerName"] = Controller,
                    ["conditions"] = new JsonArray(
                        refusal is null
                            ? Condition(known, "Accepted", true, "Accepted", "Route was valid", route)
                            : Condition(
                                known,
                                "Accepted",
                                false,
                                refusal,
                                $"no listener of {gateway.Namespace()}/{gateway.Name()} takes the route",
                                route
                            ),
                        problem is { } unresolved
                            ? Condition(known, "ResolvedRefs", false, unresolved.Reason, unresolved.Message, route)
                            : Condition(known, "ResolvedRefs", true, "ResolvedRefs", "All references resolved", route)
                    ),
                }
            );
        }

        return new JsonObject { ["parents"] = parents };
    }

    private JsonObject Condition(JsonNode? known, string type, bool holds, string reason, string message, JsonObject about)
    {
        var status = holds ? "True" : "False";
        var before = (known as JsonArray)?.FirstOrDefault(condition => condition.Text("type") == type);
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["observedGeneration"] = about.Number("metadata", "generation"),
            ["lastTransitionTime"] = before.Text("status") == status ? before.Text("lastTransitionTime") : writer.Times.At(now),
        };
    }

    private void Set(ResourceType type, JsonObject item, JsonObject status)
    {
        if (!JsonNode.DeepEquals(item["status"], status))
        {
            writer.Update(
                type,
                item.Namespace(),
                item.Name(),
                live =>
                {
                    live["status"] = status;
                    return live;
                },
                new WriteOptions(type.Versions[0], Controller, "status")
            );
        }
    }
}
