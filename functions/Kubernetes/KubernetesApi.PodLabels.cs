using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;

namespace MeshPort.Kubernetes;

internal sealed partial class KubernetesApi
{
    /// <summary>The labels of the pods that have the labels of a selector; null when MeshPort may not list pods.</summary>
    /// <exception cref="HttpOperationException">The API server refused for another reason.</exception>
    public async Task<IReadOnlyList<JsonObject>?> ListPodLabelsAsync(
        string @namespace,
        string labelSelector,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var pods = await ReadAsync(() =>
                client.CoreV1.ListNamespacedPodAsync(
                    @namespace,
                    labelSelector: labelSelector,
                    limit: PageSize,
                    cancellationToken: cancellationToken
                )
            );
            return
            [
                .. pods.Items.Select(pod => new JsonObject(
                    (pod.Metadata.Labels ?? new Dictionary<string, string>()).Select(label =>
                        KeyValuePair.Create(label.Key, (JsonNode?)label.Value)
                    )
                )),
            ];
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }
}
