using MeshPort.Access;
using MeshPort.Api;
using MeshPort.WebConsole.Pages;
using MeshPort.WebConsole.Views;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using ApiQuery = MeshPort.Api.Query;

namespace MeshPort.WebConsole;

/// <summary>
/// The console's pages as fragments of HTML, for the script. A page at <c>/console/X</c> shows the fragment <c>/api/console/X</c>. They
/// have the same access rules as the API.
/// </summary>
internal sealed class ConsolePages(ApiEndpoint endpoint, PageRenderer renderer, ClusterPages clusters, ExposurePages exposures)
{
    private const string Root = "api/console";
    private const string Cluster = $"{Root}/subscriptions/{{subscriptionId}}/resourceGroups/{{resourceGroup}}/clusters/{{cluster}}";
    private const string Exposure = $"{Cluster}/exposures/{{exposure}}";

    [Function("ConsoleClusters")]
    public Task<IResult> ListClustersAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Root}/clusters")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            [ApiQuery.Page],
            async allowed =>
                await AnswerAsync<ClusterListPage>(request, await clusters.ListAsync(request, allowed, durable, cancellationToken)),
            cancellationToken
        );

    [Function("ConsoleNewCluster")]
    public Task<IResult> NewClusterAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Root}/new")] HttpRequest request,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Operator,
            [],
            _ => AnswerAsync<EditPage>(request, EditViews.NewCluster(LinksOf(request))),
            cancellationToken
        );

    [Function("ConsoleCluster")]
    public Task<IResult> GetClusterAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Cluster)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<ClusterPage>(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [ApiQuery.Page, ApiQuery.State, ApiQuery.Port, ApiQuery.Gateway, ApiQuery.Search],
            call => clusters.FindAsync(call, durable, cancellationToken),
            cancellationToken
        );

    [Function("ConsoleOperations")]
    public Task<IResult> ListOperationsAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Cluster}/operations")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<OperationListPage>(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            call => clusters.ListOperationsAsync(call, durable, cancellationToken),
            cancellationToken
        );

    [Function("ConsoleDrift")]
    public Task<IResult> GetDriftAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Cluster}/drift")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<DriftPage>(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            call => clusters.FindDriftAsync(call, cancellationToken),
            cancellationToken
        );

    [Function("ConsoleEditCluster")]
    public Task<IResult> EditClusterAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Cluster}/edit")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<EditPage>(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            call => clusters.EditAsync(call, cancellationToken),
            cancellationToken
        );

    [Function("ConsoleNewExposure")]
    public Task<IResult> NewExposureAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Cluster}/new")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<EditPage>(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            call => Task.FromResult<object?>(EditViews.NewExposure(LinksOf(request), call.Cluster)),
            cancellationToken
        );

    [Function("ConsoleExposure")]
    public Task<IResult> GetExposureAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Exposure)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<ExposurePage>(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster, exposure),
            [],
            call => exposures.FindAsync(call, cancellationToken),
            cancellationToken
        );

    [Function("ConsoleEditExposure")]
    public Task<IResult> EditExposureAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Exposure}/edit")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        CancellationToken cancellationToken
    ) =>
        ServeAsync<EditPage>(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster, exposure),
            [],
            call => exposures.EditAsync(call, cancellationToken),
            cancellationToken
        );

    [Function("ConsoleRejections")]
    public Task<IResult> ListRejectionsAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Root}/rejections")] HttpRequest request,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            [],
            async allowed =>
                allowed.IsAboutClusters
                    ? Problem.Forbidden("Your role may access some clusters only, but the list has messages for all clusters.")
                    : await AnswerAsync<RejectionListPage>(request, await exposures.ListRejectionsAsync(request, cancellationToken)),
            cancellationToken
        );

    internal static Links LinksOf(HttpRequest request) => new(request.PathBase.Value ?? "");

    internal static bool IsOperator(HttpRequest request) => request.HttpContext.User.IsInRole(nameof(Role.Operator));

    /// <param name="find">Returns the view; null when the resource does not exist.</param>
    private Task<IResult> ServeAsync<TPage>(
        HttpRequest request,
        Role role,
        ResourceName name,
        IReadOnlyList<string> parameters,
        Func<ApiRequest, Task<object?>> find,
        CancellationToken cancellationToken
    )
        where TPage : IComponent =>
        endpoint.ServeAsync(
            request,
            role,
            name,
            parameters,
            async call => await find(call) is { } view ? await AnswerAsync<TPage>(request, view) : NotFound(call),
            cancellationToken
        );

    private Task<IResult> AnswerAsync<TPage>(HttpRequest request, object view)
        where TPage : IComponent
    {
        ConsoleHeaders.GiveToFragment(request.HttpContext.Response);
        return renderer.AnswerAsync<TPage>(request, view);
    }

    private static IResult NotFound(ApiRequest call) =>
        call.Name.Exposure.Length == 0
            ? Problem.ClusterNotFound(call.Cluster)
            : Problem.NotFound($"Cluster {call.Cluster.Name} has no exposure '{call.Name.Exposure}'.");
}
