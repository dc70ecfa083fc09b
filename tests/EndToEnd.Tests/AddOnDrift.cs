using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Stories;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Changes of others to the objects of an exposure.</summary>
internal static class AddOnDrift
{
    public static Task<V1Service> ReadAddOnServiceAsync(this IKubernetes cluster, CancellationToken cancellationToken) =>
        cluster.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: cancellationToken);

    /// <summary>Writes the Service without port 9000, as the add-on's reconciler does.</summary>
    public static async Task DropPortAsync(this IKubernetes cluster, CancellationToken cancellationToken)
    {
        var service = await cluster.ReadAddOnServiceAsync(cancellationToken);
        service.Spec.Ports = [.. service.Spec.Ports.Where(port => port.Port != 9000)];
        await cluster.CoreV1.ReplaceNamespacedServiceAsync(
            service,
            service.Name(),
            service.Namespace(),
            cancellationToken: cancellationToken
        );
    }

    /// <param name="plural">The kind, of <c>networking.istio.io</c>.</param>
    public static Task DeleteIstioObjectAsync(
        this IKubernetes cluster,
        string plural,
        string exposure,
        CancellationToken cancellationToken
    ) =>
        cluster.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            plural,
            $"meshport-{exposure}",
            cancellationToken: cancellationToken
        );
}
