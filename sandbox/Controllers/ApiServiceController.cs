using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// An APIService for each group version that the cluster serves itself, and the availability of those of clients. A server of a client in
/// the cluster is never available: no pod serves anything but the echo.
/// </summary>
internal sealed class ApiServiceController(ObjectStore store, ObjectWriter writer) : IController
{
    private const string Managed = "kube-aggregator.kubernetes.io/automanaged";
    private static readonly WriteOptions Options = new("v1", "kube-apiserver");

    private static readonly (string Group, string Version)[] BuiltIn =
    [
        .. ResourceCatalog
            .All.Where(type => !type.Custom)
            .SelectMany(type => type.Versions.Select(version => (type.GroupOf(version), ResourceType.NameOf(version))))
            .Concat([("authentication.k8s.io", "v1"), ("authorization.k8s.io", "v1")])
            .Distinct(),
    ];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var wanted = BuiltIn
            .Concat(
                store
                    .List(ResourceCatalog.CustomResourceDefinition)
                    .SelectMany(definition =>
                        definition
                            .Items("spec", "versions")
                            .Where(version => version.Flag("served") == true)
                            .Select(version => (definition.Text("spec", "group") ?? "", version.Text("name") ?? ""))
                    )
            )
            .ToHashSet();
        foreach (var (group, version) in wanted)
        {
            if (store.Get(ResourceCatalog.ApiService, "", $"{version}.{group}") is null)
            {
                writer.Create(ResourceCatalog.ApiService, Local(group, version), Options);
            }
        }

        foreach (var service in store.List(ResourceCatalog.ApiService))
        {
            if (service.At("spec", "service") is not null)
            {
                Report(service, Availability(service), now);
            }
            else if (!wanted.Contains((service.Text("spec", "group") ?? "", service.Text("spec", "version") ?? "")))
            {
                writer.Delete(ResourceCatalog.ApiService, "", service.Name());
            }
            else if (service["status"] is not JsonObject { Count: > 0 })
            {
                Report(service, (true, "Local", "Local APIServices are always available"), now);
            }
        }

        return null;
    }

    private (bool Holds, string Reason, string Message) Availability(JsonObject service)
    {
        var (home, name) = (service.Text("spec", "service", "namespace") ?? "", service.Text("spec", "service", "name") ?? "");
        return store.Get(ResourceCatalog.Service, home, name) is null
            ? (false, "ServiceNotFound", $"service/{name} in \"{home}\" is not present")
            : (false, "MissingEndpoints", $"endpoints for service/{name} in \"{home}\" have no addresses with port name \"https\"");
    }

    private void Report(JsonObject service, (bool Holds, string Reason, string Message) found, DateTimeOffset now) =>
        writer.SetStatus(
            ResourceCatalog.ApiService,
            service,
            new JsonObject
            {
                ["conditions"] = new JsonArray(writer.Condition(service, "Available", found.Holds, found.Reason, found.Message, now)),
            }
        );

    private static JsonObject Local(string group, string version) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{version}.{group}",
                ["labels"] = new JsonObject { [Managed] = "onstart" },
            },
            ["spec"] = new JsonObject
            {
                ["group"] = group,
                ["version"] = version,
                ["groupPriorityMinimum"] = group.Length == 0 ? 18000 : 17000,
                ["versionPriority"] = version == "v1" ? 15 : 1,
            },
        };
}
