using System.Globalization;
using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.Chains;

/// <summary>Converts finished work into links.</summary>
internal static class ChainLinks
{
    public static IEnumerable<SandboxLink> Of(IEnumerable<SandboxOperation> operations) =>
        operations
            .Where(operation => operation.Status == "Succeeded")
            .Select(operation => new SandboxLink(operation.Kind, operation.Target, operation.Started, operation.Due - operation.Started));

    /// <summary>Assigned addresses and ready pods.</summary>
    public static IEnumerable<SandboxLink> Of(string clusterId, ObjectStore store) =>
        [
            .. store
                .List(ResourceCatalog.Service)
                .Where(service => service.Items("status", "loadBalancer", "ingress").Any())
                .Select(service => Link(clusterId, "services/address", service, LoadBalancerController.ProvisioningTime)),
            .. store
                .List(ResourceCatalog.Pod)
                .Where(PodStatus.IsReady)
                .Select(pod => Link(clusterId, "pods/start", pod, PodController.ReadyTime)),
        ];

    private static SandboxLink Link(string clusterId, string kind, System.Text.Json.Nodes.JsonObject found, TimeSpan takes) =>
        new(
            kind,
            $"{clusterId}/{found.Namespace()}/{found.Name()}",
            DateTimeOffset.Parse(found.Text("metadata", "creationTimestamp") ?? "", CultureInfo.InvariantCulture),
            takes
        );
}
