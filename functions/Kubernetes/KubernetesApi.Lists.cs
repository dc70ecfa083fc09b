using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace MeshPort.Kubernetes;

/// <summary>The lists.</summary>
internal sealed partial class KubernetesApi
{
    /// <summary>One page holds all objects of a kind in a cluster with a thousand exposures.</summary>
    private const int PageSize = 2000;

    /// <summary>The interval after which MeshPort asks for all namespaces again, since the identity may have gained the right.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    /// <summary>The kinds that the identity may list in single namespaces only, and when to ask for all namespaces again.</summary>
    private readonly ConcurrentDictionary<ObjectKind, DateTimeOffset> _namespaced = [];

    /// <summary>
    /// How long a refusal counts as a fault after the identity could list in all namespaces. A plan without the objects of others would
    /// close ports, or refuse clients of others.
    /// </summary>
    private static readonly TimeSpan Trust = TimeSpan.FromMinutes(5);

    /// <summary>When the identity last listed a kind in all namespaces.</summary>
    private readonly ConcurrentDictionary<ObjectKind, DateTimeOffset> _whole = [];

    /// <summary>
    /// All objects of a kind with the label, in all namespaces, page by page; none where the cluster does not serve the kind. An identity
    /// that may not list in all namespaces lists in each of the given ones.
    /// </summary>
    /// <param name="labelSelector">Null: objects with any labels.</param>
    /// <param name="namespaces">The namespaces that the specs name.</param>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public Task<List<JsonObject>> ListAsync(
        ObjectKind kind,
        string? labelSelector,
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    ) => ListAsync(kind, labelSelector, namespaces, OptionalNamespaces.None, cancellationToken);

    /// <inheritdoc cref="ListAsync(ObjectKind, string?, IReadOnlyCollection{string}, CancellationToken)"/>
    /// <param name="optional">Those of the namespaces that the list may leave out.</param>
    public Task<List<JsonObject>> ListAsync(
        ObjectKind kind,
        string? labelSelector,
        IReadOnlyCollection<string> namespaces,
        OptionalNamespaces optional,
        CancellationToken cancellationToken
    ) => ListAsync(kind, labelSelector, namespaces, optional, Trust, cancellationToken);

    /// <summary>
    /// Objects of a kind that the caller can do without, in all namespaces or in the given ones. A refusal is never a fault, also where the
    /// list of all namespaces has worked.
    /// </summary>
    /// <inheritdoc cref="ListAsync(ObjectKind, string?, IReadOnlyCollection{string}, CancellationToken)"/>
    public Task<List<JsonObject>> ListOptionalAsync(
        ObjectKind kind,
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    ) => ListAsync(kind, null, namespaces, OptionalNamespaces.None, TimeSpan.Zero, cancellationToken);

    /// <param name="trust">How long a refusal counts as a fault after a list of all namespaces.</param>
    private async Task<List<JsonObject>> ListAsync(
        ObjectKind kind,
        string? labelSelector,
        IReadOnlyCollection<string> namespaces,
        OptionalNamespaces optional,
        TimeSpan trust,
        CancellationToken cancellationToken
    )
    {
        if (!_namespaced.TryGetValue(kind, out var due) || due <= time.GetUtcNow())
        {
            try
            {
                var all = await ListInAsync(null, kind, labelSelector, cancellationToken);
                _namespaced.TryRemove(kind, out _);
                _whole[kind] = time.GetUtcNow();
                return all;
            }
            catch (HttpOperationException exception)
                when (exception.Response.StatusCode == HttpStatusCode.Forbidden
                    && namespaces.Count > 0
                    && !(_whole.TryGetValue(kind, out var whole) && time.GetUtcNow() - whole < trust)
                )
            {
                var lists = await ListEachAsync(); // if these are refused too, the identity may gain the right to list all
                _namespaced[kind] = time.GetUtcNow() + AskAgain;
                return lists;
            }
        }

        return await ListEachAsync();

        Task<List<JsonObject>> ListEachAsync() => ListOnlyInAsync(kind, labelSelector, namespaces, optional, cancellationToken);
    }

    /// <summary>All objects of a kind with the label, in each of the namespaces. The identity needs no right on others.</summary>
    /// <param name="optional">Those of the namespaces that the list may leave out.</param>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<List<JsonObject>> ListOnlyInAsync(
        ObjectKind kind,
        string? labelSelector,
        IEnumerable<string> namespaces,
        OptionalNamespaces optional,
        CancellationToken cancellationToken
    ) =>
        [
            .. (
                await Task.WhenAll(
                    namespaces.Distinct().Select(@namespace => ListInAsync(@namespace, kind, labelSelector, optional, cancellationToken))
                )
            ).SelectMany(list => list),
        ];

    /// <summary>Whether a list had all objects of the kind; false when the identity may list in single namespaces only.</summary>
    public bool ListsAll(ObjectKind kind) => !_namespaced.ContainsKey(kind);

    private async Task<List<JsonObject>> ListInAsync(
        string @namespace,
        ObjectKind kind,
        string? labelSelector,
        OptionalNamespaces optional,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await ListInAsync(@namespace, kind, labelSelector, cancellationToken);
        }
        catch (HttpOperationException exception)
            when (exception.Response.StatusCode == HttpStatusCode.Forbidden && optional.Refuse(@namespace))
        {
            return [];
        }
    }

    /// <param name="namespace">Null: all namespaces.</param>
    private async Task<List<JsonObject>> ListInAsync(
        string? @namespace,
        ObjectKind kind,
        string? labelSelector,
        CancellationToken cancellationToken
    )
    {
        var objects = new List<JsonObject>();
        string? next = null;
        do
        {
            var page = await PageAsync(@namespace, kind, labelSelector, next, cancellationToken);
            objects.AddRange(page["items"]?.AsArray().OfType<JsonObject>().Select(item => (JsonObject)item.DeepClone()) ?? []);
            next = page["metadata"]?["continue"]?.GetValue<string>();
        } while (!string.IsNullOrEmpty(next));
        return objects;
    }

    private async Task<JsonObject> PageAsync(
        string? @namespace,
        ObjectKind kind,
        string? labelSelector,
        string? next,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return Node(
                await ReadAsync<object>(async () =>
                    (kind.Group, @namespace) switch
                    {
                        ("", _) => await ListCoreAsync(kind, @namespace, labelSelector, next, cancellationToken),
                        (_, null) => await client.CustomObjects.ListCustomObjectForAllNamespacesAsync(
                            kind.Group,
                            kind.Version,
                            kind.Plural,
                            labelSelector: labelSelector,
                            limit: PageSize,
                            continueParameter: next,
                            cancellationToken: cancellationToken
                        ),
                        _ => await client.CustomObjects.ListNamespacedCustomObjectAsync(
                            kind.Group,
                            kind.Version,
                            @namespace,
                            kind.Plural,
                            labelSelector: labelSelector,
                            limit: PageSize,
                            continueParameter: next,
                            cancellationToken: cancellationToken
                        ),
                    }
                )
            );
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return [];
        }
    }

    /// <summary>The pods with the label.</summary>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<IReadOnlyList<V1Pod>> ListPodsAsync(string @namespace, string labelSelector, CancellationToken cancellationToken)
    {
        var pods = await ReadAsync(() =>
            client.CoreV1.ListNamespacedPodAsync(
                @namespace,
                labelSelector: labelSelector,
                limit: PageSize,
                cancellationToken: cancellationToken
            )
        );
        return [.. pods.Items];
    }

    /// <summary>The events about an object; none when MeshPort may not read events, which only add detail to a message.</summary>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<IReadOnlyList<Corev1Event>> ListEventsAsync(string @namespace, string? uid, CancellationToken cancellationToken)
    {
        try
        {
            var events = await ReadAsync(() =>
                client.CoreV1.ListNamespacedEventAsync(
                    @namespace,
                    fieldSelector: $"involvedObject.uid={uid}",
                    limit: PageSize,
                    cancellationToken: cancellationToken
                )
            );
            return [.. events.Items];
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            return [];
        }
    }

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
            return
            [
                .. (await ListPodsAsync(@namespace, labelSelector, cancellationToken)).Select(pod => new JsonObject(
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
