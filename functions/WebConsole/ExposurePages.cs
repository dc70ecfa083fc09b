using MeshPort.Api;
using MeshPort.Proof;
using MeshPort.State;
using MeshPort.WebConsole.Views;
using Microsoft.AspNetCore.Http;

namespace MeshPort.WebConsole;

/// <summary>Reads what the pages about exposures and rejected messages show.</summary>
internal sealed class ExposurePages(
    ClusterStore clusters,
    ExposureStore exposures,
    StatusStore log,
    ProbeTrail trail,
    Rejections rejections,
    TimeProvider time
)
{
    private const int HistoryShown = 30;

    /// <summary>How long the path tells of a repair.</summary>
    private static readonly TimeSpan RepairShown = TimeSpan.FromDays(1);
    private const int RejectionsShown = 100;

    public async Task<object?> FindAsync(ApiRequest call, CancellationToken cancellationToken)
    {
        if (
            await clusters.GetAsync(call.Cluster, cancellationToken) is not { } cluster
            || await exposures.GetAsync(call.Cluster, call.Name.Exposure, cancellationToken) is not { } exposure
        )
        {
            return null;
        }

        var history = await log.ReadHistoryAsync(call.Cluster, call.Name.Exposure, cancellationToken);
        return new ExposureView(
            ConsolePages.LinksOf(call.Http),
            call.Cluster,
            exposure,
            PathPicture.Of(cluster, exposure, [.. history.Where(entry => time.GetUtcNow() - entry.At < RepairShown)]),
            ProbeHistory.Of(exposure.Status, history, trail.Find(call.Cluster, call.Name.Exposure)),
            [.. history.Reverse().Take(HistoryShown)],
            ConsolePages.IsOperator(call.Http)
        );
    }

    public async Task<object?> EditAsync(ApiRequest call, CancellationToken cancellationToken) =>
        await exposures.GetAsync(call.Cluster, call.Name.Exposure, cancellationToken) is { } found
            ? EditViews.Exposure(ConsolePages.LinksOf(call.Http), call.Cluster, found)
            : null;

    public async Task<RejectionListView> ListRejectionsAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var page = await rejections.ListAsync(null, RejectionsShown + 1, cancellationToken);
        return new RejectionListView(
            ConsolePages.LinksOf(request),
            [.. page.Take(RejectionsShown).Select(one => new RejectionRow(one.Id, one.SentAt, one.Cluster, one.ErrorCount, one.Errors))],
            page.Count > RejectionsShown
        );
    }
}
