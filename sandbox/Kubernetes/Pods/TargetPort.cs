using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The pod port behind a Service port: a number, or the name of a container port.</summary>
internal static class TargetPort
{
    public static long? Of(JsonNode servicePort, JsonObject pod) =>
        servicePort.Text("targetPort") is { } name
            ? pod.Items("spec", "containers")
                .SelectMany(container => container.Items("ports"))
                .FirstOrDefault(port => port.Text("name") == name)
                .Number("containerPort")
            : servicePort.Number("targetPort") ?? servicePort.Number("port");
}
