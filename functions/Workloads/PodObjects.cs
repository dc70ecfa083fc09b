using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Workloads;

/// <summary>
/// The spec of a workload's pods, pure. A field that the workload leaves out is absent, so that the API server's default holds. Wire
/// shapes: v1 (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
/// </summary>
internal static class PodObjects
{
    private const int FirstUnprivilegedPort = 1024;

    public static JsonObject Of(string name, WorkloadSpec workload)
    {
        var pod = new JsonObject { ["containers"] = new JsonArray(Container(name, workload)) };
        Set(pod, "nodeSelector", workload.NodeSelector);
        Set(pod, "imagePullSecrets", workload.ImagePullSecrets);
        Add(pod, "securityContext", Security(workload));
        return pod;
    }

    private static JsonObject Container(string name, WorkloadSpec workload)
    {
        var container = new JsonObject
        {
            ["name"] = name,
            ["image"] = workload.Image,
            ["ports"] = new JsonArray([
                .. workload.ContainerPorts.Select(port => new JsonObject { ["containerPort"] = port, ["protocol"] = "TCP" }),
            ]),
        };
        Set(container, "command", workload.Command);
        Set(container, "args", workload.Args);
        Set(container, "env", workload.Env);
        if (workload.Resources is { } resources)
        {
            var amounts = new JsonObject();
            Set(amounts, "requests", resources.Requests);
            Set(amounts, "limits", resources.Limits);
            Add(container, "resources", amounts);
        }

        Set(container, "startupProbe", workload.StartupProbe);
        Set(container, "readinessProbe", workload.ReadinessProbe);
        Set(container, "livenessProbe", workload.LivenessProbe);
        Add(container, "securityContext", ContainerSecurity(workload.SecurityContext));
        return container;
    }

    /// <summary>
    /// The pod's part of the level restricted. Ports below 1024 need the sysctl, since the user is not root. The level allows the sysctl.
    /// </summary>
    private static JsonObject Security(WorkloadSpec workload)
    {
        var (security, context) = (workload.SecurityContext, new JsonObject());
        if (security.Level == PodSecurityLevel.Restricted)
        {
            context["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" };
            if (workload.ContainerPorts.Any(port => port < FirstUnprivilegedPort))
            {
                context["sysctls"] = new JsonArray(new JsonObject { ["name"] = "net.ipv4.ip_unprivileged_port_start", ["value"] = "0" });
            }
        }

        Set(context, "fsGroup", security.FsGroup);
        return context;
    }

    /// <summary>
    /// A container's fields win over those of its pod, so they are set here, where a change by others is repaired. Injected containers keep
    /// their own.
    /// </summary>
    private static JsonObject ContainerSecurity(WorkloadSecurity security)
    {
        var context = new JsonObject();
        if (security.Level == PodSecurityLevel.Restricted)
        {
            context["privileged"] = false;
            context["allowPrivilegeEscalation"] = false;
            context["runAsNonRoot"] = true;
            context["readOnlyRootFilesystem"] = security.ReadOnlyRootFilesystem;
            context["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") };
        }
        else if (security.ReadOnlyRootFilesystem)
        {
            context["readOnlyRootFilesystem"] = true;
        }

        Set(context, "runAsUser", security.RunAsUser);
        Set(context, "runAsGroup", security.RunAsGroup);
        return context;
    }

    /// <summary>Adds a value whose JSON in MeshPort's spec is Kubernetes' own.</summary>
    private static void Set<T>(JsonObject target, string field, T value)
    {
        switch (JsonSerializer.SerializeToNode(value, MeshPortJson.Options))
        {
            case JsonObject map:
                Add(target, field, map);
                break;
            case JsonArray { Count: > 0 } list:
                target[field] = list;
                break;
            case JsonValue scalar:
                target[field] = scalar;
                break;
        }
    }

    private static void Add(JsonObject target, string field, JsonObject value)
    {
        if (value.Count > 0)
        {
            target[field] = value;
        }
    }
}
