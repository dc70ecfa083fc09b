using MeshPort.Access;
using MeshPort.Api;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.WebConsole.Views;
using Microsoft.AspNetCore.Http;
using ApiQuery = MeshPort.Api.Query;

namespace MeshPort.WebConsole;

/// <summary>Reads what the pages about clusters show.</summary>
internal sealed class ClusterPages(
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    Operations operations,
    RecentReads recent,
    Limits limits,
    TimeProvider time
)
{
    private const int ClustersShown = 24;
    private const int ExposuresShown = 100;
    private const int OperationsShown = 50;

    /// <summary>How many of the newest operations the page of a cluster looks at, to find the one that runs.</summary>
    private const int OperationsSearched = 20;
    private const int HistoryShown = 30;
    private const int DriftShown = 200;

    /// <summary>With the script's second between two requests, a change shows within two seconds.</summary>
    private static readonly TimeSpan Briefly = TimeSpan.FromSeconds(0.8);

    /// <summary>The keeper's last look tells nothing about the cluster.</summary>
    private static readonly TimeSpan LookKept = TimeSpan.FromSeconds(5);

    /// <summary>The histories of all exposures of a cluster may be a hundred thousand documents.</summary>
    private static readonly TimeSpan DriftKept = TimeSpan.FromSeconds(30);

    public async Task<ClusterListView> ListAsync(
        HttpRequest request,
        AllowList allowed,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        var all = await recent.ReadAsync("clusters", null, Briefly, clusters.ListIdsAsync, cancellationToken);
        var ids = all.Where(allowed.Allows).ToList();
        var links = ConsolePages.LinksOf(request);
        var paging = Paging.Clamp(ApiQuery.Number(request, ApiQuery.Page) ?? 1, ids.Count, links.Clusters, ClustersShown);
        // The list may name a cluster that was never stored or is deleted already.
        var rows = await Task.WhenAll(paging.Cut(ids).Select(id => FindRowAsync(id, durable, cancellationToken)));
        return new ClusterListView(links, [.. rows.OfType<ClusterRow>()], paging, ConsolePages.IsOperator(request));
    }

    public async Task<object?> FindAsync(ApiRequest call, DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var id = call.Cluster;
        if (await FindRowAsync(id, durable, cancellationToken) is not { } row)
        {
            return null;
        }

        var links = ConsolePages.LinksOf(call.Http);
        var last = await recent.ReadAsync("operation", id, Briefly, token => FindLastAsync(id, durable, token), cancellationToken);
        var all = await recent.ReadAsync("exposures", id, Briefly, token => exposures.ListAsync(id, token), cancellationToken);
        var history = await recent.ReadAsync("history", id, Briefly, token => log.ReadHistoryAsync(id, null, token), cancellationToken);
        return new ClusterView(
            links,
            row,
            last,
            Search(call.Http, links.Cluster(id), all),
            [.. history.Reverse().Take(HistoryShown)],
            ConsolePages.IsOperator(call.Http)
        );
    }

    public async Task<object?> ListOperationsAsync(ApiRequest call, DurableTaskClient durable, CancellationToken cancellationToken)
    {
        var page = await operations.ListAsync(call.Cluster, null, OperationsShown, cancellationToken);
        if (page.Count == 0 && await clusters.FindAsync(call.Cluster, cancellationToken) is null)
        {
            return null;
        }

        var told = new List<NamedOperation>();
        foreach (var one in page)
        {
            told.Add(await TellAsync(one, 0, durable, cancellationToken));
        }

        return new OperationListView(ConsolePages.LinksOf(call.Http), call.Cluster, told);
    }

    public async Task<object?> FindDriftAsync(ApiRequest call, CancellationToken cancellationToken)
    {
        if (await clusters.FindAsync(call.Cluster, cancellationToken) is null)
        {
            return null;
        }

        var drift = await recent.ReadAsync(
            "drift",
            call.Cluster,
            DriftKept,
            token => log.ReadDriftAsync(call.Cluster, token),
            cancellationToken
        );
        var entries = drift.Select(one => new DriftEntry(one.Exposure, one.Entry)).OrderByDescending(one => one.Entry.At).ToList();
        return new DriftView(
            ConsolePages.LinksOf(call.Http),
            call.Cluster,
            DriftHours.Of(entries.ConvertAll(one => one.Entry), time.GetUtcNow()),
            [.. entries.Take(DriftShown)],
            Math.Max(0, entries.Count - DriftShown)
        );
    }

    public async Task<object?> EditAsync(ApiRequest call, CancellationToken cancellationToken) =>
        await clusters.GetAsync(call.Cluster, cancellationToken) is { } found
            ? EditViews.Cluster(ConsolePages.LinksOf(call.Http), call.Cluster, found)
            : null;

    private static ExposureListView Search(HttpRequest request, string path, IReadOnlyList<Resource<ExposureSpec>> all)
    {
        var search = new ExposureSearch(
            ApiQuery.Text(request, ApiQuery.State) is { } state ? Enum.Parse<Tone>(state, ignoreCase: true) : null,
            ApiQuery.Number(request, ApiQuery.Port),
            ApiQuery.Text(request, ApiQuery.Gateway) is { } gateway ? ChoiceNames<GatewayKind>.All[gateway] : null,
            ApiQuery.Text(request, ApiQuery.Search)
        );
        var matches = all.Where(search.Matches).ToList();
        var filters = ApiQuery
            .Filters(request)
            .Where(filter => filter.Name != ApiQuery.Page)
            .Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value)}")
            .ToList();
        var paging = Paging.Clamp(
            ApiQuery.Number(request, ApiQuery.Page) ?? 1,
            matches.Count,
            filters.Count == 0 ? path : $"{path}?{string.Join('&', filters)}",
            ExposuresShown
        );
        return new ExposureListView(
            search,
            [.. paging.Cut(matches)],
            paging,
            all.CountBy(exposure => Tones.Of(exposure).Tone).ToDictionary()
        );
    }

    private Task<ClusterRow?> FindRowAsync(ClusterId id, DurableTaskClient durable, CancellationToken cancellationToken) =>
        recent.ReadAsync("cluster", id, Briefly, token => ReadRowAsync(id, durable, token), cancellationToken);

    private async Task<ClusterRow?> ReadRowAsync(ClusterId id, DurableTaskClient durable, CancellationToken cancellationToken)
    {
        if (await clusters.LoadAsync(id, cancellationToken) is not { } state)
        {
            return null;
        }

        var keeper = await recent.ReadAsync(
            "keeper",
            id,
            LookKept,
            token => durable.GetInstanceAsync(id.KeeperId, token),
            cancellationToken
        );
        var budget = limits.Room(state.Resource.Status.OtherRules, state.Resource.Spec.IpFamilies.Count);
        return new ClusterRow(id, state.Resource, state.Document.Ports, budget, keeper?.LastUpdatedAt);
    }

    private async Task<NamedOperation?> FindLastAsync(ClusterId id, DurableTaskClient durable, CancellationToken cancellationToken) =>
        ShownOperation.Of(await operations.ListAsync(id, null, OperationsSearched, cancellationToken)) is { } shown
            ? await TellAsync(shown.Operation, shown.Waiting, durable, cancellationToken)
            : null;

    private static async Task<NamedOperation> TellAsync(
        ServedOperation served,
        int waiting,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        var stored = served.Operation;
        var steps = stored.Steps ?? await OperationApi.ReadLiveStepsAsync(durable, served.Instance, cancellationToken);
        var operation = new Operation(
            stored.Id,
            stored.Status,
            stored.StartedAt,
            stored.EndedAt,
            OperationApi.Percent(stored, steps),
            steps
        );
        return new NamedOperation(operation, stored.Exposures, waiting);
    }
}
