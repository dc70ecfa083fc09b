using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace MeshPort.Kubernetes;

/// <summary>Answers to the owners of Services: an annotation and Events.</summary>
internal sealed partial class KubernetesApi
{
    /// <summary>
    /// The field manager of the annotation. An apply removes what its manager has applied before and leaves out now, so the manager of
    /// whole Services and of their ports cannot apply a single annotation. Each installation has its own, so it removes only its answers.
    /// </summary>
    public static string AnswerManager(string installation) => $"meshport-answers-{installation}";

    private const string EventGroup = "events.k8s.io";
    private const string EventVersion = "v1";

    /// <summary>The names of the namespaces with the labels.</summary>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<IReadOnlySet<string>> ListNamespacesAsync(string labelSelector, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        string? next = null;
        do
        {
            var page = await ReadAsync(() =>
                client.CoreV1.ListNamespaceAsync(
                    labelSelector: labelSelector,
                    limit: PageSize,
                    continueParameter: next,
                    cancellationToken: cancellationToken
                )
            );
            names.UnionWith(page.Items.Select(item => item.Name()));
            next = page.Metadata.ContinueProperty;
        } while (!string.IsNullOrEmpty(next));
        return names;
    }

    /// <summary>Sets an annotation of an existing Service of others, or removes it.</summary>
    /// <param name="value">Null removes the annotation, if the installation has set it.</param>
    /// <exception cref="HttpOperationException">The API server refused; 409 when another Service has replaced this one.</exception>
    public Task AnnotateAsync(JsonObject service, string name, string? value, string installation, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject
        {
            ["name"] = service.Name(),
            ["namespace"] = service.Namespace(),
            ["uid"] = service.Uid(),
        };
        if (value is not null)
        {
            metadata["annotations"] = new JsonObject { [name] = value };
        }

        var body = new JsonObject
        {
            ["apiVersion"] = ObjectKind.Service.ApiVersion,
            ["kind"] = ObjectKind.Service.Name,
            ["metadata"] = metadata,
        };
        return client.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(body.ToJsonString(), V1Patch.PatchType.ApplyPatch),
            service.Name(),
            service.Namespace(),
            fieldManager: AnswerManager(installation),
            force: true,
            cancellationToken: cancellationToken
        );
    }

    /// <summary>Creates an Event of <c>events.k8s.io/v1</c>. An Event of the same name has told the same already.</summary>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task CreateEventAsync(JsonObject told, CancellationToken cancellationToken)
    {
        try
        {
            await client.CustomObjects.CreateNamespacedCustomObjectAsync(
                told,
                EventGroup,
                EventVersion,
                told.Namespace(),
                "events",
                cancellationToken: cancellationToken
            );
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Conflict)
        {
            // told within the last hour, after which Events expire
        }
    }
}
