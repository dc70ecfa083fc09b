using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Mesh;

namespace MeshPort.Exposures;

/// <summary>An exposure as the stations see it.</summary>
internal sealed record NamedExposure(string Name, long Generation, ExposureSpec Spec);

/// <param name="Exposure">Whose condition tells how it goes.</param>
internal sealed record DesiredObject(ObjectRef Target, string Exposure, JsonObject Body);

/// <summary>What Kubernetes objects an exposure asks for, pure. Wire shapes: apps/v1, v1, networking.istio.io/v1.</summary>
internal static class DesiredObjects
{
    public const string ManagedByLabel = "app.kubernetes.io/managed-by";
    public const string ManagedBy = "meshport";
    public const string ExposureLabel = "meshport.io/exposure";
    public const string Selector = $"{ManagedByLabel}={ManagedBy}";
    private const string AppLabel = "app";

    /// <summary>Deployment and ClusterIP Service; empty when the backends exist already.</summary>
    public static IEnumerable<DesiredObject> Workload(NamedExposure exposure)
    {
        if (exposure.Spec.Workload is not { } workload)
        {
            yield break;
        }

        var backend = exposure.Spec.Backends[0]; // the validator asks for at least one
        yield return Make(exposure, new ObjectRef(ObjectKind.Deployment, backend.Namespace, backend.Service), Deployment(backend.Service, workload));
        yield return Make(exposure, new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service), Service(backend, workload));
    }

    /// <summary>
    /// Gateway and VirtualService. Destinations are written in full, since a short name resolves in the VirtualService's own namespace.
    /// </summary>
    public static IEnumerable<DesiredObject> Route(NamedExposure exposure)
    {
        var place = exposure.Spec.Backends[0].Namespace;
        var name = $"meshport-{exposure.Name}";
        yield return Make(exposure, new ObjectRef(ObjectKind.Gateway, place, name), Gateway(exposure.Spec));
        yield return Make(exposure, new ObjectRef(ObjectKind.VirtualService, place, name), VirtualService(name, exposure.Spec));
    }

    /// <summary>The label selector of a workload's pods.</summary>
    public static string PodSelector(string service) => $"{AppLabel}={service}";

    private static DesiredObject Make(NamedExposure exposure, ObjectRef target, JsonObject spec) => new(
        target,
        exposure.Name,
        new JsonObject
        {
            ["apiVersion"] = target.Kind.ApiVersion,
            ["kind"] = target.Kind.Name,
            ["metadata"] = new JsonObject
            {
                ["name"] = target.Name,
                ["namespace"] = target.Namespace,
                ["labels"] = new JsonObject { [ManagedByLabel] = ManagedBy, [ExposureLabel] = exposure.Name },
            },
            ["spec"] = spec,
        });

    private static JsonObject Deployment(string name, WorkloadSpec workload) => new()
    {
        ["replicas"] = workload.Replicas,
        ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [AppLabel] = name } },
        ["template"] = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [AppLabel] = name } },
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(Container(name, workload)) },
        },
    };

    private static JsonObject Container(string name, WorkloadSpec workload)
    {
        var container = new JsonObject
        {
            ["name"] = name,
            ["image"] = workload.Image,
            ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = workload.ContainerPort, ["protocol"] = "TCP" }),
        };
        if (workload.Args.Count > 0)
        {
            container["args"] = new JsonArray([.. workload.Args.Select(arg => JsonValue.Create(arg))]);
        }

        return container;
    }

    /// <summary>The port's name begins with tcp: without it the mesh would guess the protocol, which fails for servers that speak first.</summary>
    private static JsonObject Service(BackendSpec backend, WorkloadSpec workload) => new()
    {
        ["selector"] = new JsonObject { [AppLabel] = backend.Service },
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "tcp", ["port"] = backend.Port, ["protocol"] = "TCP", ["targetPort"] = workload.ContainerPort }),
    };

    private static JsonObject Gateway(ExposureSpec spec) => new()
    {
        ["selector"] = new JsonObject { ["istio"] = AddOn.GatewayName(spec.Gateway) },
        ["servers"] = new JsonArray(new JsonObject
        {
            ["port"] = new JsonObject { ["number"] = spec.Port, ["name"] = PortName(spec.Port), ["protocol"] = "TCP" },
            ["hosts"] = new JsonArray("*"),
        }),
    };

    private static JsonObject VirtualService(string gateway, ExposureSpec spec) => new()
    {
        ["hosts"] = new JsonArray("*"),
        ["gateways"] = new JsonArray(gateway),
        ["tcp"] = new JsonArray(new JsonObject
        {
            ["match"] = new JsonArray(new JsonObject { ["port"] = spec.Port }),
            ["route"] = new JsonArray([.. spec.Backends.Select(backend => Destination(backend, weighted: spec.Backends.Count > 1))]),
        }),
    };

    private static JsonObject Destination(BackendSpec backend, bool weighted)
    {
        var route = new JsonObject
        {
            ["destination"] = new JsonObject
            {
                ["host"] = $"{backend.Service}.{backend.Namespace}.svc.cluster.local",
                ["port"] = new JsonObject { ["number"] = backend.Port },
            },
        };
        if (weighted)
        {
            route["weight"] = backend.Weight;
        }

        return route;
    }

    public static string PortName(int port) => string.Create(CultureInfo.InvariantCulture, $"tcp-{port}");
}
