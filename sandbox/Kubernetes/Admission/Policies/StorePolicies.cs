using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission.Istio;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission.Policies;

/// <summary>
/// Refusals that depend on other objects or on the cluster: the policies of AKS Automatic, Pod Security, LimitRanges, the add-on's webhook
/// for Gateways, and quotas last, as in an API server.
/// </summary>
internal static class StorePolicies
{
    /// <exception cref="KubeError">403, worded as by an API server; 400 of a webhook.</exception>
    public static void Check(ObjectStore store, ResourceType type, JsonObject? before, JsonObject body, WriteOptions options)
    {
        ProtectedNamespaces.Check(store, type, body, options);
        if (!type.Namespaced || options.Subresource.Length > 0)
        {
            return;
        }

        PodSecurity.Check(store, type, before, body, options.Warn);
        LimitRanges.Check(store, type, before, body);
        GatewayParametersWebhook.Check(store, type, body);
        DeploymentSafeguards.Check(store, type, body, options);
        Quotas.Check(store, type, before, body);
    }
}
