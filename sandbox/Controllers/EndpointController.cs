using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Endpoints, and an EndpointSlice for each IP family, for every Service with a selector.</summary>
internal sealed class EndpointController(ObjectStore store, ObjectWriter writer) : IController
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private static readonly WriteOptions Options = new("v1", "kube-controller-manager");

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var services = store.List(ResourceCatalog.Service).Where(service => service.Strings("spec", "selector").Count > 0).ToArray();
        var pods = store.List(ResourceCatalog.Pod).ToLookup(pod => pod.Namespace());
        var slices = store
            .List(ResourceCatalog.EndpointSlice)
            .GroupBy(slice => (slice.Namespace(), ServiceOf(slice), slice.Text("addressType")))
            .ToDictionary(group => group.Key, group => group.First().Name());
        var names = services.Select(service => (service.Namespace(), service.Name())).ToHashSet();
        var families = services.ToDictionary(
            service => (service.Namespace(), service.Name()),
            service => service.Items("spec", "ipFamilies").Select(item => item.ToString()).DefaultIfEmpty("IPv4").ToArray()
        );
        foreach (var service in services)
        {
            var selector = service.Strings("spec", "selector");
            var chosen = pods[service.Namespace()]
                .Where(pod => PodStatus.HasAddress(pod) && selector.Matches(pod.Strings("metadata", "labels")))
                .ToArray();
            Put(ResourceCatalog.Endpoints, service, service.Name(), Endpoints(service, chosen));
            foreach (var family in families[(service.Namespace(), service.Name())])
            {
                Put(
                    ResourceCatalog.EndpointSlice,
                    service,
                    slices.GetValueOrDefault((service.Namespace(), service.Name(), family)),
                    Slice(service, chosen, family)
                );
            }
        }

        foreach (
            var slice in store
                .List(ResourceCatalog.EndpointSlice)
                .Where(slice =>
                    families.TryGetValue((slice.Namespace(), ServiceOf(slice)), out var own) && !own.Contains(slice.Text("addressType"))
                )
                .ToArray()
        )
        {
            writer.Delete(ResourceCatalog.EndpointSlice, slice.Namespace(), slice.Name());
        }

        foreach (
            var (type, name) in new (ResourceType, Func<JsonObject, string>)[]
            {
                (ResourceCatalog.Endpoints, item => item.Name()),
                (ResourceCatalog.EndpointSlice, ServiceOf),
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

    private static string ServiceOf(JsonObject slice) => slice.Strings("metadata", "labels").GetValueOrDefault(ServiceLabel) ?? "";

    /// <param name="name">Null for a slice to be made, which gets a random suffix.</param>
    private void Put(ResourceType type, JsonObject service, string? name, JsonObject content)
    {
        content["metadata"] = new JsonObject
        {
            ["generateName"] = $"{service.Name()}-",
            ["name"] = name,
            ["namespace"] = service.Namespace(),
            ["labels"] =
                type == ResourceCatalog.EndpointSlice
                    ? new JsonObject
                    {
                        [ServiceLabel] = service.Name(),
                        ["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io",
                    }
                    : [],
        };
        if (type != ResourceCatalog.EndpointSlice)
        {
            content.Child("metadata").Remove("generateName");
        }
        else
        {
            content.Child("metadata")["ownerReferences"] = Owned.By(ResourceCatalog.Service, service);
        }

        if (name is null || store.Get(type, service.Namespace(), name) is not { } live)
        {
            content.Child("metadata").Remove(name is null ? "name" : "generateName");
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

    private static JsonObject Slice(JsonObject service, JsonObject[] all, string family)
    {
        var pods = all.Where(pod => Address(pod, family) is not null).ToArray();
        return new JsonObject
        {
            ["addressType"] = family,
            ["endpoints"] = new JsonArray([
                .. pods.Select(pod => new JsonObject
                {
                    ["addresses"] = new JsonArray(Address(pod, family)),
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
    }

    private static string? Address(JsonObject pod, string family) =>
        pod.Items("status", "podIPs")
            .Select(address => address.Text("ip"))
            .FirstOrDefault(address => address?.Contains(':', StringComparison.Ordinal) == (family == "IPv6"));

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
