using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Workloads;

/// <summary>The Deployment and the Service of an exposure's workload, pure. Wire shapes: apps/v1, v1.</summary>
internal static class WorkloadObjects
{
    /// <summary>Deployment and ClusterIP Service; empty when the backends exist already.</summary>
    public static IEnumerable<DesiredObject> Of(NamedExposure exposure, ClusterSpec cluster)
    {
        if (exposure.Spec.Workload is not { } spec)
        {
            yield break;
        }

        var workload = DeploymentSafeguards.Apply(spec, cluster);

        var backend = exposure.Spec.Backends[0]; // the validator requires at least one
        IReadOnlyList<WorkloadPort> ports = [.. WorkloadPort.OfPorts(exposure.Spec), .. workload.AdditionalPorts];
        yield return DesiredObjects.Make(
            exposure.Name,
            new ObjectRef(ObjectKind.Deployment, backend.Namespace, backend.Service),
            Deployment(backend.Service, workload with { AdditionalPorts = [.. ports.Skip(1)] })
        );
        yield return DesiredObjects.Make(
            exposure.Name,
            new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service),
            Service(backend.Service, ports)
        );
    }

    /// <summary>The label selector of a workload's pods.</summary>
    public static string PodSelector(string service) => $"{DesiredObjects.AppLabel}={service}";

    private static JsonObject Deployment(string name, WorkloadSpec workload) =>
        new()
        {
            ["replicas"] = workload.Replicas,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { [DesiredObjects.AppLabel] = name } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [DesiredObjects.AppLabel] = name } },
                ["spec"] = PodObjects.Of(name, workload),
            },
        };

    /// <summary>
    /// The port's name begins with tcp: without it the mesh would guess the protocol, which fails for servers that speak first.
    /// </summary>
    private static JsonObject Service(string name, IEnumerable<WorkloadPort> ports) =>
        new()
        {
            ["selector"] = new JsonObject { [DesiredObjects.AppLabel] = name },
            ["ports"] = new JsonArray([
                .. ports.Select(port => new JsonObject
                {
                    ["name"] = port.Name,
                    ["port"] = port.Port,
                    ["protocol"] = "TCP",
                    ["targetPort"] = port.ContainerPort,
                }),
            ]),
        };
}
