using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane.GatewayApi;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission.Istio;
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

    /// <summary>The fields of a Service that AKS allows in parameters, but those with an address or a type.</summary>
    private static readonly string[] Settings = ["externalTrafficPolicy", "internalTrafficPolicy", "loadBalancerSourceRanges"];

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
            try
            {
                Deploy(gateway, mesh.Revisions.Max(StringComparer.Ordinal) ?? "");
            }
            catch (KubeError)
            {
                // istiod logs the refusal of the API server, such as an unknown traffic policy.
            }
        }

        Remove([.. gateways.Select(gateway => (gateway.Namespace(), gateway.Name() + Suffix))]);
        new GatewayApiStatus(store, writer, mesh, now).Report(gateways);
        return null;
    }

    private void Deploy(JsonObject gateway, string revision)
    {
        var (home, name) = (gateway.Namespace(), gateway.Name() + Suffix);
        var labels = new JsonObject { [GatewayApiListeners.NameLabel] = gateway.Name() };
        var deployment = Rendered(gateway, ResourceCatalog.Deployment, MeshObjects.GatewayProxies(home, name, revision, labels));
        var service = Rendered(gateway, ResourceCatalog.Service, Service(gateway, name, labels));
        if (deployment is null || service is null)
        {
            return; // istiod leaves all objects as they are
        }

        Ensure(ResourceCatalog.Deployment, home, name, () => deployment);
        EnsureRendered(gateway, ResourceCatalog.Scaler, MeshObjects.Scaler(home, name));
        EnsureRendered(gateway, ResourceCatalog.DisruptionBudget, MeshObjects.DisruptionBudget(deployment));
        Ensure(ResourceCatalog.Service, home, name, () => service.Copy());
        var ports = service.At("spec", "ports") as JsonArray ?? [];
        var annotations = service.At("metadata", "annotations") as JsonObject ?? [];
        writer.Update(
            ResourceCatalog.Service,
            home,
            name,
            live => WithAnnotations(WithSettings(WithPorts(live, ports.DeepClone().AsArray()), service), annotations),
            Options(ResourceCatalog.Service)
        );
    }

    /// <summary>The Service before the parameters of the Gateway.</summary>
    private static JsonObject Service(JsonObject gateway, string name, JsonObject labels) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = gateway.Namespace(),
                ["labels"] = labels.DeepClone(),
                ["annotations"] = (gateway.At("spec", "infrastructure", "annotations") ?? new JsonObject()).DeepClone(),
            },
            ["spec"] = new JsonObject
            {
                ["type"] = "LoadBalancer",
                ["ipFamilyPolicy"] = "PreferDualStack", // istio/istio #53245
                ["selector"] = labels.DeepClone(),
                ["ports"] = new JsonArray([
                    MeshObjects.Port("status-port", 15021),
                    .. gateway
                        .Items("spec", "listeners")
                        .DistinctBy(listener => listener.Number("port"))
                        .Select(listener => MeshObjects.Port(listener.Text("name") ?? "", listener.Number("port") ?? 0)),
                ]),
            },
        };

    /// <summary>The fields that parameters set. Those that they do not set any more get their default.</summary>
    private static JsonObject WithSettings(JsonObject live, JsonObject service)
    {
        foreach (var field in Settings)
        {
            if (service.At("spec", field) is { } value)
            {
                live.Child("spec")[field] = value.DeepClone();
            }
            else if (OwnFields(live).Any(entry => entry.At("fieldsV1", "f:spec", $"f:{field}") is not null))
            {
                live.Child("spec").Remove(field);
            }
        }

        return live;
    }

    private static IEnumerable<JsonNode> OwnFields(JsonObject live) =>
        live.Items("metadata", "managedFields").Where(entry => entry.Text("manager") == GatewayApiStatus.Controller);

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
            var gone in OwnFields(live)
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

    /// <returns>Null when istiod cannot render it.</returns>
    private JsonObject? Rendered(JsonObject gateway, ResourceType type, JsonObject template) =>
        GatewayParameters.Render(store, gateway, type, template) is { } rendered ? Owned(gateway, rendered) : null;

    /// <summary>Parameters count when the object is made. Later changes of them are not simulated here.</summary>
    private void EnsureRendered(JsonObject gateway, ResourceType type, JsonObject template)
    {
        if (Rendered(gateway, type, template) is { } rendered)
        {
            Ensure(type, rendered.Namespace(), rendered.Name(), () => rendered);
        }
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
