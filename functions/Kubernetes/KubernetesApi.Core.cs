using k8s;
using k8s.Models;

namespace MeshPort.Kubernetes;

/// <summary>The kinds of the core group, Services and ConfigMaps. The client has methods of their own for each.</summary>
internal sealed partial class KubernetesApi
{
    private async Task<object> FindCoreAsync(ObjectRef target, CancellationToken cancellationToken) =>
        target.Kind == ObjectKind.ConfigMap
            ? await client.CoreV1.ReadNamespacedConfigMapAsync(target.Name, target.Namespace, cancellationToken: cancellationToken)
            : await client.CoreV1.ReadNamespacedServiceAsync(target.Name, target.Namespace, cancellationToken: cancellationToken);

    private async Task<V1ObjectMeta?> PatchCoreAsync(
        ObjectRef target,
        V1Patch patch,
        bool? force,
        string manager,
        CancellationToken cancellationToken
    )
    {
        if (target.Kind == ObjectKind.ConfigMap)
        {
            var map = await client.CoreV1.PatchNamespacedConfigMapAsync(
                patch,
                target.Name,
                target.Namespace,
                fieldManager: manager,
                force: force,
                cancellationToken: cancellationToken
            );
            return map.Metadata;
        }

        var service = await client.CoreV1.PatchNamespacedServiceAsync(
            patch,
            target.Name,
            target.Namespace,
            fieldManager: manager,
            force: force,
            cancellationToken: cancellationToken
        );
        return service.Metadata;
    }

    private async Task DeleteCoreAsync(ObjectRef target, V1DeleteOptions options, CancellationToken cancellationToken)
    {
        if (target.Kind == ObjectKind.ConfigMap)
        {
            await client.CoreV1.DeleteNamespacedConfigMapAsync(
                target.Name,
                target.Namespace,
                body: options,
                cancellationToken: cancellationToken
            );
            return;
        }

        await client.CoreV1.DeleteNamespacedServiceAsync(
            target.Name,
            target.Namespace,
            body: options,
            cancellationToken: cancellationToken
        );
    }

    /// <param name="namespace">Null: all namespaces.</param>
    private async Task<object> ListCoreAsync(
        ObjectKind kind,
        string? @namespace,
        string? labelSelector,
        string? next,
        CancellationToken cancellationToken
    ) =>
        (kind == ObjectKind.ConfigMap, @namespace) switch
        {
            (true, null) => await client.CoreV1.ListConfigMapForAllNamespacesAsync(
                labelSelector: labelSelector,
                limit: PageSize,
                continueParameter: next,
                cancellationToken: cancellationToken
            ),
            (true, _) => await client.CoreV1.ListNamespacedConfigMapAsync(
                @namespace,
                labelSelector: labelSelector,
                limit: PageSize,
                continueParameter: next,
                cancellationToken: cancellationToken
            ),
            (false, null) => await client.CoreV1.ListServiceForAllNamespacesAsync(
                labelSelector: labelSelector,
                limit: PageSize,
                continueParameter: next,
                cancellationToken: cancellationToken
            ),
            _ => await client.CoreV1.ListNamespacedServiceAsync(
                @namespace,
                labelSelector: labelSelector,
                limit: PageSize,
                continueParameter: next,
                cancellationToken: cancellationToken
            ),
        };
}
