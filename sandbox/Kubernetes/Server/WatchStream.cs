using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// A watch: one JSON object per line, synthetic ADDED events without a resourceVersion, bookmarks every minute and shortly before the end,
/// an ERROR line with 410 for an expired version (kube-semantics section d). Durations are real time, as on the client.
/// </summary>
internal static class WatchStream
{
    private static readonly TimeSpan BookmarkPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(45);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(24); // a timer's limit
    private static readonly TimeSpan LastBookmark = TimeSpan.FromSeconds(2);

    public static async Task WriteAsync(HttpContext context, KubeRequest request, ObjectStore store, Representation seen)
    {
        var query = context.Request.Query;
        QueryNumbers.CheckList(query);
        var selectors = Selectors.Parse(request.Type, query["labelSelector"].ToString(), query["fieldSelector"].ToString());
        var asked = query["resourceVersion"].ToString();
        var from = asked.Length == 0 ? 0 : RevisionRules.Parse(asked);
        var line = new WatchLine(context, seen);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var timeout = query.Number("timeoutSeconds") is > 0 and <= int.MaxValue and var seconds
            ? TimeSpan.FromSeconds((double)Math.Min(seconds, (long)LongestTimeout.TotalSeconds))
            : DefaultTimeout;
        end.CancelAfter(timeout);

        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake(ObjectEvent _) => wake.Writer.TryWrite(true);
        store.Changed += Wake;
        try
        {
            await line.StartAsync();
            if (from == 0 || query["sendInitialEvents"] == "true")
            {
                var (revision, items) = store.Snapshot(request.Type, request.Namespace);
                foreach (var item in items.Where(selectors.Match))
                {
                    await line.WriteAsync("ADDED", item);
                }

                from = revision;
                if (query["sendInitialEvents"] == "true")
                {
                    await line.BookmarkAsync(from, initialEnd: true);
                }
            }

            var watch = new Watch(request, store, selectors, line, query["allowWatchBookmarks"].ToString() is "true" or "1", timeout);
            await FollowAsync(watch, from, wake.Reader, end.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return; // timeoutSeconds: the body ends cleanly
        }
        finally
        {
            store.Changed -= Wake;
        }
    }

    private static async Task FollowAsync(Watch watch, long from, ChannelReader<bool> wake, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var bookmarkAt = watch.LastBookmarkAt < BookmarkPeriod ? watch.LastBookmarkAt : BookmarkPeriod;
        while (true)
        {
            IReadOnlyList<ObjectEvent> events;
            try
            {
                events = watch.Store.Since(from);
            }
            catch (KubeError error)
            {
                await watch.Line.ErrorAsync(error);
                return;
            }

            foreach (var change in events)
            {
                from = change.Revision;
                if (watch.Covers(change) && Kind(change, watch.Selectors) is { } kind)
                {
                    await watch.Line.WriteAsync(kind, change.Object);
                }
            }

            var left = bookmarkAt - TimeProvider.System.GetElapsedTime(start);
            using var period = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            period.CancelAfter(left > TimeSpan.Zero ? left : BookmarkPeriod);
            try
            {
                await wake.ReadAsync(period.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (watch.WantsBookmarks)
                {
                    await watch.Line.BookmarkAsync(from, initialEnd: false);
                }

                bookmarkAt = watch.NextBookmark(bookmarkAt, TimeProvider.System.GetElapsedTime(start));
            }
        }
    }

    /// <summary>An object that starts to match the selector is ADDED, one that stops matching is DELETED.</summary>
    private static string? Kind(ObjectEvent change, Selectors selectors)
    {
        var matched = change.Before is not null && selectors.Match(change.Before);
        var matches = !change.Deleted && selectors.Match(change.Object);
        return (matched, matches) switch
        {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            _ => null,
        };
    }

    /// <summary>The parameters of one client's watch.</summary>
    private sealed record Watch(
        KubeRequest Request,
        ObjectStore Store,
        Selectors Selectors,
        WatchLine Line,
        bool WantsBookmarks,
        TimeSpan Timeout
    )
    {
        /// <summary>Counted from the start of the watch.</summary>
        public TimeSpan LastBookmarkAt => Timeout - LastBookmark;

        public bool Covers(ObjectEvent change) =>
            change.Key.Type == Request.Type && (Request.Namespace is null || change.Key.Namespace == Request.Namespace);

        /// <summary>One minute later, or shortly before the end; after the last bookmark, never.</summary>
        public TimeSpan NextBookmark(TimeSpan previous, TimeSpan elapsed) =>
            elapsed + BookmarkPeriod < LastBookmarkAt ? elapsed + BookmarkPeriod
            : previous < LastBookmarkAt ? LastBookmarkAt
            : Timeout + BookmarkPeriod;
    }

    /// <summary>Writes the lines of one watch.</summary>
    private sealed class WatchLine(HttpContext context, Representation seen)
    {
        private bool _first = true;

        public async Task StartAsync()
        {
            context.Response.StatusCode = 200;
            context.Response.ContentType = "application/json";
            context.Response.Headers.CacheControl = "no-cache, private";
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        public Task WriteAsync(string type, JsonObject body) => LineAsync(type, seen.Event(body, _first));

        public Task ErrorAsync(KubeError error) => LineAsync("ERROR", error.ToStatus());

        public Task BookmarkAsync(long revision, bool initialEnd)
        {
            var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
            if (initialEnd)
            {
                metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
            }

            return LineAsync("BOOKMARK", seen.Bookmark(metadata, _first));
        }

        private async Task LineAsync(string type, JsonObject body)
        {
            _first = false;
            await context.Response.WriteAsync(
                $"{{\"type\":\"{type}\",\"object\":{body.ToJsonString(KubeAnswers.Plain)}}}\n",
                context.RequestAborted
            );
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
