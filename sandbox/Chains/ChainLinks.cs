using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers;
using MeshPort.Sandbox.Controllers.Workloads;
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
    public static IEnumerable<SandboxLink> Of(string clusterId, ObjectStore store, ObjectTimes times) =>
        [
            .. store
                .List(ResourceCatalog.Service)
                .Where(service => service.Items("status", "loadBalancer", "ingress").Any())
                .Select(service =>
                    Link(clusterId, "services/address", service, times.Began(service), LoadBalancerController.ProvisioningTime)
                ),
            .. store
                .List(ResourceCatalog.Pod)
                .Where(pod => PodStatus.IsReady(pod) && pod.Namespace() != SystemObjects.Home) // the creation waits for AKS's own pods
                .Select(pod => Link(clusterId, "pods/start", pod, times.Began(pod), PodController.ReadyTime)),
        ];

    private static SandboxLink Link(string clusterId, string kind, JsonObject found, DateTimeOffset began, TimeSpan takes) =>
        new(kind, $"{clusterId}/{found.Namespace()}/{found.Name()}", began, takes);
}
