using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The kubelet's side of <c>pods/exec</c>, <c>pods/attach</c> and <c>pods/portforward</c>.</summary>
internal interface IPodConnections
{
    static bool Has(KubeRequest request) =>
        request.Type == Objects.ResourceCatalog.Pod && request.Subresource is "exec" or "attach" or "portforward";

    /// <summary>Switches the connection's protocol and serves it until it ends.</summary>
    /// <param name="subresource">exec, attach or portforward.</param>
    /// <exception cref="Objects.KubeError">The request is refused before the switch.</exception>
    Task ServeAsync(HttpContext context, JsonObject pod, string subresource);
}
