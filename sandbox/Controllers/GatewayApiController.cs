using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane.GatewayApi;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// The add-on's automated deployment of Gateway API Gateways of class <c>istio</c> (domain facts 2.2). Each Gateway gets a Deployment, a
/// LoadBalancer Service with the listeners' ports, an HPA and a PDB. Gateways and routes get their conditions. A listener that the revision
/// does not serve still becomes a port.
/// </summary>
internal sealed class GatewayApiController(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape) : IController
{
    private const string Suffix = "-istio";

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var cluster = shape();
        if (
            cluster is not { GatewayApi: true, Mesh: { } mesh }
            || store.Get(ResourceCatalog.CustomResourceDefinition, "", ResourceCatalog.GatewayClass.QualifiedPlural) is null
        )
        {
            Remove([]);
            return null;
        }

        Ensure(
            ResourceCatalog.GatewayClass,
            "",
            GatewayApiRules.Class,
            () =>
                new JsonObject
                {
                    ["metadata"] = new JsonObject { ["name"] = GatewayApiRules.Class },
                    ["spec"] = new JsonObject
                    {
                        ["controllerName"] = GatewayApiStatus.Controller,
                        ["description"] = "The default Istio GatewayClass",
                    },
                }
        );
        var gateways = store.List(ResourceCatalog.ListeningGateway).Where(GatewayApiRules.IsOurs).ToArray();
        foreach (var gateway in gateways)
        {
            Deploy(gateway, mesh.Revisions.Max(StringComparer.Ordinal) ?? "");
        }

        Remove([.. gateways.Select(gateway => (gateway.Namespace(), gateway.Name() + Suffix))]);
        new GatewayApiStatus(store, writer, mesh, now).Report(gateways);
        return null;
    }

    private void Deploy(JsonObject gateway, string revision)
    {
        var (home, name) = (gateway.Namespace(), gateway.Name() + Suffix);
        var labels = new JsonObject { [GatewayApiListeners.NameLabel] = gateway.Name() };
        var deployment = Owned(gateway, MeshObjects.GatewayProxies(home, name, revision, labels));
        Ensure(ResourceCatalog.Deployment, home, name, () => deployment);
        Ensure(ResourceCatalog.Scaler, home, name, () => Owned(gateway, MeshObjects.Scaler(home, name)));
        Ensure(ResourceCatalog.DisruptionBudget, home, name, () => Owned(gateway, MeshObjects.DisruptionBudget(deployment)));
        var ports = new JsonArray([
            MeshObjects.Port("status-port", 15021),
            .. gateway
                .Items("spec", "listeners")
                .DistinctBy(listener => listener.Number("port"))
                .Select(listener => MeshObjects.Port(listener.Text("name") ?? "", listener.Number("port") ?? 0)),
        ]);
        var annotations = gateway.At("spec", "infrastructure", "annotations") as JsonObject ?? [];
        Ensure(
            ResourceCatalog.Service,
            home,
            name,
            () =>
                Owned(
                    gateway,
                    new JsonObject
                    {
                        ["metadata"] = new JsonObject
                        {
                            ["name"] = name,
                            ["namespace"] = home,
                            ["labels"] = labels.DeepClone(),
                            ["annotations"] = annotations.DeepClone(),
                        },
                        ["spec"] = new JsonObject
                        {
                            ["type"] = "LoadBalancer",
                            ["ipFamilyPolicy"] = "PreferDualStack", // istio/istio #53245
                            ["selector"] = labels.DeepClone(),
                            ["ports"] = ports.DeepClone(),
                        },
                    }
                )
        );
        writer.Update(
            ResourceCatalog.Service,
            home,
            name,
            live => WithAnnotations(WithPorts(live, ports), annotations),
            Options(ResourceCatalog.Service)
        );
    }

    /// <summary>The listeners' ports. Existing ports keep their node ports.</summary>
    private static JsonObject WithPorts(JsonObject live, JsonArray ports)
    {
        foreach (var port in ports.OfType<JsonObject>())
        {
            if (
                live.Items("spec", "ports").FirstOrDefault(known => known.Number("port") == port.Number("port")).Number("nodePort") is
                { } node
            )
            {
                port["nodePort"] = node;
            }
        }

        live.Child("spec")["ports"] = ports;
        return live;
    }

    /// <summary>The annotations of the Gateway. Those that it does not have any more go; those of others stay.</summary>
    private static JsonObject WithAnnotations(JsonObject live, JsonObject annotations)
    {
        var present = live.Child("metadata").Child("annotations");
        foreach (
            var gone in live.Items("metadata", "managedFields")
                .Where(entry => entry.Text("manager") == GatewayApiStatus.Controller)
                .SelectMany(entry => entry.At("fieldsV1", "f:metadata", "f:annotations") as JsonObject ?? [])
                .Select(field => field.Key.StartsWith("f:", StringComparison.Ordinal) ? field.Key[2..] : "")
                .Where(name => !annotations.ContainsKey(name))
                .ToList()
        )
        {
            present.Remove(gone);
        }

        foreach (var (name, value) in annotations)
        {
            present[name] = value?.DeepClone();
        }

        return live;
    }

    /// <summary>Removes the objects of Gateways that no longer exist.</summary>
    private void Remove(HashSet<(string Namespace, string Name)> wanted)
    {
        foreach (
            var type in new[]
            {
                ResourceCatalog.Deployment,
                ResourceCatalog.Service,
                ResourceCatalog.Scaler,
                ResourceCatalog.DisruptionBudget,
            }
        )
        {
            foreach (
                var made in store
                    .List(type)
                    .Where(item =>
                        item.Items("metadata", "ownerReferences")
                            .Any(owner => owner.Text("apiVersion")?.StartsWith(GatewayApiRules.Group, StringComparison.Ordinal) == true)
                    )
            )
            {
                if (!wanted.Contains((made.Namespace(), made.Name())))
                {
                    writer.Delete(type, made.Namespace(), made.Name());
                }
            }
        }
    }

    private static JsonObject Owned(JsonObject gateway, JsonObject made)
    {
        made.Child("metadata")["ownerReferences"] = new JsonArray(
            new JsonObject
            {
                ["apiVersion"] = ResourceCatalog.ListeningGateway.StoredApiVersion,
                ["kind"] = "Gateway",
                ["name"] = gateway.Name(),
                ["uid"] = gateway.Uid(),
            }
        );
        return made;
    }

    private void Ensure(ResourceType type, string home, string name, Func<JsonObject> make)
    {
        if (store.Get(type, home, name) is null)
        {
            writer.Create(type, make(), Options(type));
        }
    }

    private static WriteOptions Options(ResourceType type) => new(type.Versions[0], GatewayApiStatus.Controller);
}
