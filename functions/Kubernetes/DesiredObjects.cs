using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <param name="Exposure">Whose condition tells how it goes.</param>
internal sealed record DesiredObject(ObjectRef Target, string Exposure, JsonObject Body);

/// <summary>The objects of an exposure's workload, and how every object of MeshPort's is marked, pure. Wire shapes: apps/v1, v1.</summary>
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
        yield return Make(
            exposure.Name,
            new ObjectRef(ObjectKind.Deployment, backend.Namespace, backend.Service),
            Deployment(backend.Service, workload)
        );
        yield return Make(exposure.Name, new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service), Service(backend, workload));
    }

    public static bool IsOurs(JsonObject found) => found["metadata"]?["labels"]?[ManagedByLabel]?.GetValue<string>() == ManagedBy;

    /// <summary>The label selector of a workload's pods.</summary>
    public static string PodSelector(string service) => $"{AppLabel}={service}";

    public static DesiredObject Make(string exposure, ObjectRef target, JsonObject spec) =>
        new(
            target,
            exposure,
            new JsonObject
            {
                ["apiVersion"] = target.Kind.ApiVersion,
                ["kind"] = target.Kind.Name,
                ["metadata"] = new JsonObject
                {
                    ["name"] = target.Name,
                    ["namespace"] = target.Namespace,
                    ["labels"] = new JsonObject { [ManagedByLabel] = ManagedBy, [ExposureLabel] = exposure },
                },
                ["spec"] = spec,
            }
        );

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    public static JsonObject Labels(IReadOnlyDictionary<string, string> labels) =>
        new(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)JsonValue.Create(label.Value))));

    private static JsonObject Deployment(string name, WorkloadSpec workload) =>
        new()
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
            container["args"] = Texts(workload.Args);
        }

        return container;
    }

    /// <summary>The port's name begins with tcp: without it the mesh would guess the protocol, which fails for servers that speak first.</summary>
    private static JsonObject Service(BackendSpec backend, WorkloadSpec workload) =>
        new()
        {
            ["selector"] = new JsonObject { [AppLabel] = backend.Service },
            ["ports"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "tcp",
                    ["port"] = backend.Port,
                    ["protocol"] = "TCP",
                    ["targetPort"] = workload.ContainerPort,
                }
            ),
        };
}
