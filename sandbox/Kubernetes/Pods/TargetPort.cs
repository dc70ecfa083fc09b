using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>Which port of a pod a Service port means: a number, or the name of one of its container ports.</summary>
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
