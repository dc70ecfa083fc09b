using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Host.Api;

/// <summary>A typed client of the operations in docs/openapi.yaml.</summary>
/// <exception cref="ApiException">From every request: the API rejected it.</exception>
/// <exception cref="UnreachableException">From every request: the server does not answer.</exception>
internal sealed class MeshPortApi(ApiConnection connection, Action<string>? trace = null) : IDisposable
{
    private const int PageSize = 500;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ApiTransport _transport = new(connection, trace);

    public MeshPortApi(Uri address)
        : this(new ApiConnection(address, "the given address")) { }

    public Uri Address => connection.Address;

    public Task<IReadOnlyList<ResourceView>> ListClustersAsync(Scope scope, CancellationToken cancellationToken) =>
        ListAsync(
            scope switch
            {
                { Subscription: { } id, ResourceGroup: { } group } => $"api/subscriptions/{id}/resourceGroups/{group}/clusters",
                { Subscription: { } id } => $"api/subscriptions/{id}/clusters",
                _ => "api/clusters",
            },
            ResourceView.Of,
            cancellationToken
        );

    /// <summary>The exposures of all clusters in the scope.</summary>
    public Task<IReadOnlyList<ResourceView>> ListExposuresAsync(Scope scope, ExposureFilter filter, CancellationToken cancellationToken) =>
        ListAsync(
            (scope.Subscription is { } id ? $"api/subscriptions/{id}/exposures" : "api/exposures") + filter.Query(scope.ResourceGroup),
            ResourceView.Of,
            cancellationToken
        );

    /// <summary>The exposures of one cluster.</summary>
    public Task<IReadOnlyList<ResourceView>> ListExposuresAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        ListAsync(Relative($"{cluster.Path}/exposures"), ResourceView.Of, cancellationToken);

    /// <summary>The TCP listeners of others in a cluster, which the server observes.</summary>
    public async Task<IReadOnlyList<AdoptableView>> ListAdoptableAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        await ReadAsync(
            HttpMethod.Get,
            Relative($"{cluster.Path}/adoptable"),
            null,
            body => body.To<AdoptableListView>().Value,
            cancellationToken
        );

    /// <summary>The operations of a cluster, newest first.</summary>
    /// <param name="most">Reads no further pages after so many.</param>
    public Task<IReadOnlyList<OperationView>> ListOperationsAsync(ClusterId cluster, int most, CancellationToken cancellationToken) =>
        ListAsync(Relative($"{cluster.Path}/operations"), OperationView.Of, cancellationToken, most);

    public Task<IReadOnlyList<RejectionView>> ListRejectionsAsync(CancellationToken cancellationToken) =>
        ListAsync("api/rejections", RejectionView.Of, cancellationToken);

    /// <summary>The answer as the server sent it.</summary>
    public async Task<JsonElement> ReadAsync(string path, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(HttpMethod.Get, path, null, cancellationToken)).Body;

    /// <param name="path">The path of a cluster or an exposure.</param>
    public async Task<ResourceView> GetAsync(string path, CancellationToken cancellationToken) =>
        await ReadAsync(HttpMethod.Get, Relative(path), null, ResourceView.Of, cancellationToken);

    /// <summary>As <see cref="GetAsync"/>; null when there is no such resource.</summary>
    public async Task<ResourceView?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, cancellationToken);
        }
        catch (ApiException missing) when (missing.IsNotFound)
        {
            return null;
        }
    }

    public async Task<OperationView> GetOperationAsync(Uri operation, CancellationToken cancellationToken) =>
        await ReadAsync(
            HttpMethod.Get,
            operation.ToString(),
            null,
            body => OperationView.Of(body) with { Path = operation.AbsolutePath },
            cancellationToken
        );

    public Task<PutAnswer> PutAsync(string path, JsonElement spec, CancellationToken cancellationToken) =>
        PutAsync(path, spec, condition: null, cancellationToken);

    /// <summary>Puts a resource that nobody has changed since it was read.</summary>
    /// <param name="etag">The etag that was read. Null when there was no such resource.</param>
    /// <exception cref="ApiException">With status 412, somebody has changed or created the resource since.</exception>
    public Task<PutAnswer> PutUnchangedAsync(string path, JsonElement spec, string? etag, CancellationToken cancellationToken) =>
        PutAsync(path, spec, etag is null ? ("If-None-Match", "*") : ("If-Match", $"\"{etag}\""), cancellationToken);

    /// <summary>Puts and deletes exposures in one operation, all or none.</summary>
    public async Task<BatchView> PostExposuresAsync(ClusterId cluster, JsonObject batch, CancellationToken cancellationToken)
    {
        var path = Relative($"{cluster.Path}/exposures");
        var answer = await ReadAsync(HttpMethod.Post, path, Body(batch), BatchView.Of, cancellationToken);
        return answer.Operation is { } operation ? answer with { Operation = new Uri(Address, operation) } : answer;
    }

    /// <summary>Deletes a resource that nobody has changed since it was read.</summary>
    /// <param name="etag">The etag that was read; null if it has none.</param>
    /// <returns>The URL of the operation. Null when the deletion was requested before.</returns>
    /// <exception cref="ApiException">With status 412, somebody has changed the resource since.</exception>
    public async Task<Uri?> DeleteAsync(string path, bool keepAzure, string? etag, CancellationToken cancellationToken) =>
        (
            await _transport.SendAsync(
                HttpMethod.Delete,
                Relative(path) + (keepAzure ? "?keepAzure=true" : ""),
                null,
                cancellationToken,
                etag is null ? null : ("If-Match", $"\"{etag}\"")
            )
        ).Location;

    public async Task<Uri?> ReconcileAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(HttpMethod.Post, Relative($"{cluster.Path}/reconcile"), null, cancellationToken)).Location;

    /// <summary>The dry run of a PUT.</summary>
    public async Task<PlanView> PlanPutAsync(string path, JsonElement spec, CancellationToken cancellationToken) =>
        await ReadAsync(HttpMethod.Put, $"{Relative(path)}?dryRun=true", Body(spec), PlanView.Of, cancellationToken);

    /// <summary>The dry run of puts and deletions of exposures.</summary>
    public async Task<PlanView> PlanExposuresAsync(ClusterId cluster, JsonObject batch, CancellationToken cancellationToken) =>
        await ReadAsync(HttpMethod.Post, Relative($"{cluster.Path}/exposures?dryRun=true"), Body(batch), PlanView.Of, cancellationToken);

    /// <summary>The dry run of a DELETE.</summary>
    public async Task<PlanView> PlanDeleteAsync(string path, bool keepAzure, CancellationToken cancellationToken) =>
        await ReadAsync(
            HttpMethod.Delete,
            $"{Relative(path)}?dryRun=true{(keepAzure ? "&keepAzure=true" : "")}",
            null,
            PlanView.Of,
            cancellationToken
        );

    /// <summary>The version of the API, from the server's OpenAPI description.</summary>
    public Task<Version?> ReadVersionAsync(CancellationToken cancellationToken) => _transport.ReadVersionAsync(cancellationToken);

    public void Dispose() => _transport.Dispose();

    private async Task<PutAnswer> PutAsync(string path, JsonElement spec, (string, string)? condition, CancellationToken cancellationToken)
    {
        var answer = await _transport.SendAsync(HttpMethod.Put, Relative(path), Body(spec), cancellationToken, condition);
        return new PutAnswer(
            answer.Location,
            answer.Body.ValueKind == JsonValueKind.Object
                ? await UnderstandAsync(HttpMethod.Put, path, answer, ResourceView.Of, cancellationToken)
                : null
        );
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(
        string path,
        Func<JsonElement, T> read,
        CancellationToken cancellationToken,
        int most = int.MaxValue
    )
    {
        var all = new List<T>();
        var next = $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}top={Math.Min(most, PageSize)}";
        while (next is not null && all.Count < most)
        {
            next = await ReadAsync(
                HttpMethod.Get,
                next,
                null,
                body =>
                {
                    var page = body.To<PageView>();
                    all.AddRange(page.Value.Select(read));
                    return page.NextLink;
                },
                cancellationToken
            );
        }

        return all;
    }

    private async Task<T> ReadAsync<T>(
        HttpMethod method,
        string path,
        HttpContent? content,
        Func<JsonElement, T> read,
        CancellationToken cancellationToken
    )
    {
        var answer = await _transport.SendAsync(method, path, content, cancellationToken);
        return await UnderstandAsync(method, path, answer, read, cancellationToken);
    }

    private async Task<T> UnderstandAsync<T>(
        HttpMethod method,
        string path,
        ApiAnswer answer,
        Func<JsonElement, T> read,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return read(answer.Body);
        }
        catch (JsonException)
        {
            throw await _transport.NotUnderstoodAsync($"{method} {path} answered other JSON than MeshPort does", cancellationToken);
        }
    }

    private static JsonContent Body(JsonElement spec) => JsonContent.Create(new { spec }, options: Json);

    private static JsonContent Body(JsonObject batch) => JsonContent.Create(batch, options: Json);

    /// <summary>Relative to the base address, which may itself have a path.</summary>
    private static string Relative(string path) => path.TrimStart('/');
}
