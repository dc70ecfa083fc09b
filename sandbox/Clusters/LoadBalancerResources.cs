using System.Text.Json.Nodes;
using MeshPort.Sandbox.DataPlane;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.Clusters;

/// <summary>The resources of Azure that the annotations of a Service name. The wording of the refusals is not measured.</summary>
internal sealed class LoadBalancerResources(ResourceStore resources, Func<ClusterShape> shape)
{
    /// <summary>The only subnet of a network that AKS manages.</summary>
    private const string ManagedSubnet = "aks-subnet";

    /// <returns>The problem of a resource that does not exist. Null when all exist.</returns>
    public string? Missing(JsonObject service)
    {
        if (FrontendRules.IsInternal(service))
        {
            return FrontendRules.Annotation(service, "azure-load-balancer-internal-subnet") is { } subnet && !Has(subnet)
                ? $"ensure({service.Namespace()}/{service.Name()}): lb(kubernetes-internal) - failed to get subnet: {subnet}"
                : null;
        }

        return FrontendRules.Annotation(service, "azure-pip-prefix-id") is { } prefix && resources.Get(prefix) is null
            ? $"InvalidResourceReference: Resource {prefix} referenced by the public IP address was not found."
            : null;
    }

    private bool Has(string subnet) =>
        shape().SubnetId is { } nodes
            ? resources.Get($"{nodes[..nodes.LastIndexOf('/')]}/{subnet}") is not null
            : subnet.Equals(ManagedSubnet, StringComparison.OrdinalIgnoreCase);
}
