using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>
/// Objects of one cluster as JSON: list, get, apply, delete. Writes are server-side applies by the field manager <c>meshport</c>.
/// </summary>
internal sealed partial class KubernetesApi(k8s.Kubernetes client, Connection connection, TimeProvider time) : IDisposable
{
    public const string FieldManager = "meshport";

    /// <summary>Where the credential comes from, for advice.</summary>
    public Connection Connection => connection;

    /// <summary>
    /// The resources of a kind's group and version that the cluster serves, by plural; empty when it does not serve the group.
    /// </summary>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<IReadOnlySet<string>> ServedAsync(ObjectKind kind, CancellationToken cancellationToken)
    {
        try
        {
            var resources = await ReadAsync(() => client.CustomObjects.GetAPIResourcesAsync(kind.Group, kind.Version, cancellationToken));
            return resources.Resources.Select(resource => resource.Name).ToHashSet(StringComparer.Ordinal);
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return new HashSet<string>();
        }
    }

    /// <returns>Null when the Secret does not exist.</returns>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<V1Secret?> FindSecretAsync(string @namespace, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(() => client.CoreV1.ReadNamespacedSecretAsync(name, @namespace, cancellationToken: cancellationToken));
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <returns>Null when the object does not exist.</returns>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task<JsonObject?> FindAsync(ObjectRef target, CancellationToken cancellationToken)
    {
        try
        {
            return Node(
                await ReadAsync<object>(async () =>
                    target.Kind.Group.Length == 0
                        ? await FindCoreAsync(target, cancellationToken)
                        : await client.CustomObjects.GetNamespacedCustomObjectAsync(
                            target.Kind.Group,
                            target.Kind.Version,
                            target.Namespace,
                            target.Kind.Plural,
                            target.Name,
                            cancellationToken
                        )
                )
            );
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// Server-side apply. An object that must exist carries its <c>metadata.uid</c> in the body, since an apply is an upsert.
    /// </summary>
    /// <param name="isOurs">
    /// Whether the whole object is MeshPort's. An apply then overwrites fields that others have edited; otherwise such a field is a
    /// conflict.
    /// </param>
    /// <exception cref="HttpOperationException">The API server refused; 409 when another manager owns a field that differs.</exception>
    public Task ApplyAsync(ObjectRef target, JsonObject body, bool isOurs, CancellationToken cancellationToken) =>
        ApplyAsync(target, body, isOurs, FieldManager, cancellationToken);

    /// <inheritdoc cref="ApplyAsync(ObjectRef, JsonObject, bool, CancellationToken)"/>
    public Task ApplyAsync(ObjectRef target, JsonObject body, bool isOurs, string manager, CancellationToken cancellationToken) =>
        PatchAsync(target, new V1Patch(body.ToJsonString(), V1Patch.PatchType.ApplyPatch), isOurs, manager, cancellationToken);

    /// <summary>
    /// Restores an object, or takes over a part of one. An apply leaves the fields and the ownership of others, so MeshPort removes them
    /// first.
    /// </summary>
    /// <param name="isForced">Whether the apply overwrites fields that others have edited.</param>
    /// <exception cref="HttpOperationException">The API server refused; 409 when the object has changed since it was observed.</exception>
    public async Task RestoreAsync(
        ObjectRef target,
        JsonObject body,
        FieldRemoval? unmanaged,
        bool isForced,
        CancellationToken cancellationToken
    )
    {
        if (unmanaged is not null && await RemoveAsync(target, unmanaged, cancellationToken) is var version)
        {
            body = (JsonObject)body.DeepClone();
            if (body["metadata"] is JsonObject metadata && metadata.ContainsKey("resourceVersion"))
            {
                metadata["resourceVersion"] = version; // the removal made another one
            }
        }

        await ApplyAsync(target, body, isForced, cancellationToken);
    }

    /// <summary>Removes fields of an object.</summary>
    /// <returns>The object's new resourceVersion.</returns>
    /// <exception cref="HttpOperationException">The API server refused; 409 when the object has changed since it was observed.</exception>
    public Task<string?> RemoveAsync(ObjectRef target, FieldRemoval fields, CancellationToken cancellationToken) =>
        PatchAsync(target, new V1Patch(fields.ToJsonPatch(), V1Patch.PatchType.JsonPatch), force: null, FieldManager, cancellationToken);

    private async Task<string?> PatchAsync(
        ObjectRef target,
        V1Patch patch,
        bool? force,
        string manager,
        CancellationToken cancellationToken
    )
    {
        if (target.Kind.Group.Length == 0)
        {
            return (await PatchCoreAsync(target, patch, force, manager, cancellationToken))?.ResourceVersion;
        }

        var patched = await client.CustomObjects.PatchNamespacedCustomObjectAsync(
            patch,
            target.Kind.Group,
            target.Kind.Version,
            target.Namespace,
            target.Kind.Plural,
            target.Name,
            fieldManager: manager,
            force: force,
            cancellationToken: cancellationToken
        );
        return
            patched is JsonElement found
            && found.TryGetProperty("metadata", out var metadata)
            && metadata.TryGetProperty("resourceVersion", out var version)
            ? version.GetString()
            : null;
    }

    /// <summary>
    /// Creates an object. An apply is an upsert, which would silently make MeshPort a co-owner of an object of others. With a resource
    /// version that no object has, the API server refuses it when the object exists (measured), in a single request.
    /// </summary>
    /// <exception cref="HttpOperationException">The API server refused; 409 when the object exists.</exception>
    public Task CreateAsync(ObjectRef target, JsonObject body, CancellationToken cancellationToken)
    {
        var guarded = (JsonObject)body.DeepClone();
        if (guarded["metadata"] is JsonObject metadata)
        {
            metadata["resourceVersion"] = "1"; // etcd counts from 2 on
        }

        return ApplyAsync(target, guarded, isOurs: false, cancellationToken);
    }

    /// <summary>Deletes an object. A missing object is not an error.</summary>
    /// <param name="uid">The uid of the observed object. An object that has replaced it stays.</param>
    /// <param name="resourceVersion">The version of an observed object of others, which stays if it has changed; null for any.</param>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    public async Task DeleteAsync(ObjectRef target, string? uid, string? resourceVersion, CancellationToken cancellationToken)
    {
        var options = new V1DeleteOptions
        {
            Preconditions = new V1Preconditions { Uid = uid, ResourceVersion = resourceVersion },
        };
        try
        {
            if (target.Kind.Group.Length == 0)
            {
                await DeleteCoreAsync(target, options, cancellationToken);
            }
            else
            {
                await client.CustomObjects.DeleteNamespacedCustomObjectAsync(
                    target.Kind.Group,
                    target.Kind.Version,
                    target.Namespace,
                    target.Kind.Plural,
                    target.Name,
                    body: options,
                    cancellationToken: cancellationToken
                );
            }
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            // The object is gone already.
        }
    }

    public void Dispose() => client.Dispose();

    /// <summary>Repeats a read once after a transient failure, before the step has to wait.</summary>
    private static async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (KubernetesErrors.MayPass(exception))
        {
            return await read();
        }
    }

    private static JsonObject Node(object answer) =>
        JsonNode.Parse(answer is JsonElement element ? element.GetRawText() : KubernetesJson.Serialize(answer)) as JsonObject
        ?? throw new InvalidOperationException("The API server did not answer with a JSON object.");
}
