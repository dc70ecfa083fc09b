using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Endpoints and one EndpointSlice for every Service with a selector.</summary>
internal sealed class EndpointController(ObjectStore store, ObjectWriter writer) : IController
{
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var services = store.List(ResourceCatalog.Service).Where(service => service.Strings("spec", "selector").Count > 0).ToArray();
        var pods = store.List(ResourceCatalog.Pod).ToLookup(pod => pod.Namespace());
        var names = services.Select(service => (service.Namespace(), service.Name())).ToHashSet();
        foreach (var service in services)
        {
            var selector = service.Strings("spec", "selector");
            var chosen = pods[service.Namespace()]
                .Where(pod => pod.Text("status", "podIP") is not null && selector.Matches(pod.Strings("metadata", "labels")))
                .ToArray();
            Put(ResourceCatalog.Endpoints, service, service.Name(), Endpoints(service, chosen));
            Put(ResourceCatalog.EndpointSlice, service, $"{service.Name()}-slice", Slice(service, chosen));
        }

        foreach (
            var (type, name) in new (ResourceType, Func<JsonObject, string>)[]
            {
                (ResourceCatalog.Endpoints, item => item.Name()),
                (
                    ResourceCatalog.EndpointSlice,
                    item => item.Strings("metadata", "labels").GetValueOrDefault("kubernetes.io/service-name") ?? ""
                ),
            }
        )
        {
            foreach (var item in store.List(type).Where(item => !names.Contains((item.Namespace(), name(item)))).ToArray())
            {
                writer.Delete(type, item.Namespace(), item.Name());
            }
        }

        return null;
    }

    private void Put(ResourceType type, JsonObject service, string name, JsonObject content)
    {
        content["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = service.Namespace(),
            ["labels"] =
                type == ResourceCatalog.EndpointSlice
                    ? new JsonObject
                    {
                        ["kubernetes.io/service-name"] = service.Name(),
                        ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io",
                    }
                    : [],
        };
        if (store.Get(type, service.Namespace(), name) is not { } live)
        {
            writer.Create(type, content, Options);
        }
        else if (content.Any(pair => pair.Key != "metadata" && !JsonNode.DeepEquals(pair.Value, live[pair.Key])))
        {
            writer.Update(type, service.Namespace(), name, _ => content, Options);
        }
    }

    private static JsonObject Endpoints(JsonObject service, JsonObject[] pods)
    {
        JsonArray Addresses(bool ready) =>
            [
                .. pods.Where(pod => PodStatus.IsReady(pod) == ready)
                    .Select(pod =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["ip"] = pod.Text("status", "podIP"),
                                ["nodeName"] = pod.Text("spec", "nodeName"),
                                ["targetRef"] = Reference(pod),
                            }
                    ),
            ];
        if (pods.Length == 0)
        {
            return new JsonObject { ["subsets"] = new JsonArray() };
        }

        var subset = new JsonObject { ["ports"] = Ports(service, pods[0]) };
        foreach (var (field, ready) in new[] { ("addresses", true), ("notReadyAddresses", false) })
        {
            if (Addresses(ready) is { Count: > 0 } some)
            {
                subset[field] = some;
            }
        }

        return new JsonObject { ["subsets"] = new JsonArray(subset) };
    }

    private static JsonObject Slice(JsonObject service, JsonObject[] pods) =>
        new()
        {
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray([
                .. pods.Select(pod => new JsonObject
                {
                    ["addresses"] = new JsonArray(pod.Text("status", "podIP")),
                    ["conditions"] = new JsonObject
                    {
                        ["ready"] = PodStatus.IsReady(pod),
                        ["serving"] = PodStatus.IsReady(pod),
                        ["terminating"] = false,
                    },
                    ["nodeName"] = pod.Text("spec", "nodeName"),
                    ["targetRef"] = Reference(pod),
                }),
            ]),
            ["ports"] = pods.Length == 0 ? new JsonArray() : Ports(service, pods[0]),
        };

    private static JsonArray Ports(JsonObject service, JsonObject pod) =>
        [
            .. service
                .Items("spec", "ports")
                .Select(port =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["name"] = port.Text("name") ?? "",
                            ["port"] = TargetPort.Of(port, pod),
                            ["protocol"] = port.Text("protocol"),
                        }
                ),
        ];

    private static JsonObject Reference(JsonObject pod) =>
        new()
        {
            ["kind"] = "Pod",
            ["name"] = pod.Name(),
            ["namespace"] = pod.Namespace(),
            ["uid"] = pod.Uid(),
        };
}
