using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>A tab of the browser on the console of a server. It remembers what a page must not do.</summary>
internal sealed class Tab : IAsyncDisposable
{
    /// <summary>The page of the sample's cluster.</summary>
    public static readonly string Cluster = $"/console{MeshPortHost.Cluster["/api".Length..]}";

    private readonly IBrowserContext _context;
    private readonly Uri _server;
    private readonly ConcurrentQueue<string> _complaints = [];

    private Tab(IBrowserContext context, IPage page, Uri server) => (_context, Page, _server) = (context, page, server);

    public IPage Page { get; }

    /// <summary>The page of an exposure of the sample's cluster.</summary>
    public static string Exposure(string name) => $"{Cluster}/exposures/{name}";

    public static async Task<Tab> OpenAsync(IBrowserContext context, Uri server)
    {
        await context.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', event => "
                + "console.error('Policy', event.violatedDirective, event.blockedURI, event.sample))"
        );
        var tab = new Tab(context, await context.NewPageAsync(), server);
        tab.Listen();
        return tab;
    }

    public Task GoAsync(string path) => Page.GotoAsync(new Uri(_server, path).AbsoluteUri);

    /// <summary>The element with a value of <c>data-test</c>.</summary>
    public ILocator Find(string name) => Page.Locator($"[data-test='{name}']");

    /// <summary>A station of the path of an exposure.</summary>
    public ILocator Hop(string station) => Find($"hop-{station}");

    /// <summary>Checks that no script failed, that the policy had to refuse nothing, and that only the server got requests.</summary>
    /// <param name="except">The address of another server that the page may use.</param>
    public void MustBeQuiet(string? except = null) =>
        Assert.Equal([], _complaints.Where(complaint => except is null || !complaint.Contains(except, StringComparison.Ordinal)));

    /// <summary>Everything that the browser keeps where other tabs or later visits could find it, and the address of the page.</summary>
    public async Task<string> TracesAsync()
    {
        var cookies = string.Join('\n', (await _context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        var kept = await Page.EvaluateAsync<string>(
            "async () => JSON.stringify([{ ...localStorage }, location.href, history.state, (await indexedDB.databases()).length, "
                + "(await caches.keys()).length])"
        );
        return $"{cookies}\n{kept}";
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Listen()
    {
        Page.PageError += (_, error) => _complaints.Enqueue(error);
        Page.Console += (_, message) =>
        {
            // The browser logs answers such as 404, and lost connections.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _complaints.Enqueue(message.Text);
            }
        };
        Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_server.GetLeftPart(UriPartial.Authority) + "/", StringComparison.Ordinal))
            {
                _complaints.Enqueue($"{request.Method} {request.Url}");
            }
        };
    }
}
