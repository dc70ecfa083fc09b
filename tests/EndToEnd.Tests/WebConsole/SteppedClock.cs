using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>The clock of a page, which runs only in steps, and never while a request of the page is on its way.</summary>
internal sealed class SteppedClock : IDisposable
{
    private const int Step = 100; // milliseconds

    private readonly IPage _page;
    private readonly ConcurrentDictionary<IRequest, bool> _open = [];

    private SteppedClock(IPage page)
    {
        _page = page;
        page.Request += Begin;
        page.RequestFinished += End;
        page.RequestFailed += End;
    }

    /// <summary>Stops the clock of a page that installed one before it was loaded, and lets the page look once more.</summary>
    public static async Task<SteppedClock> StopAsync(Tab tab)
    {
        var clock = new SteppedClock(tab.Page);
        var now = await tab.Page.EvaluateAsync<double>("() => Date.now()");
        await tab.Page.Clock.PauseAtAsync(DateTimeOffset.FromUnixTimeMilliseconds((long)now + 3000).UtcDateTime);
        await clock.StepAsync(milliseconds: 8000, TestContext.Current.CancellationToken); // the jump looked like a slow answer
        return clock;
    }

    public async Task StepAsync(int milliseconds, CancellationToken cancellationToken)
    {
        for (var passed = 0; passed < milliseconds; passed += Step)
        {
            await _page.Clock.RunForAsync(Step);
            await Wait.UntilAsync("no request is on its way", Wait.Usual, () => _open.IsEmpty, cancellationToken);
            await _page.EvaluateAsync("() => fetch('/console/icon.svg').then((icon) => icon.text())"); // the script has read the answer
        }
    }

    public void Dispose()
    {
        _page.Request -= Begin;
        _page.RequestFinished -= End;
        _page.RequestFailed -= End;
    }

    private void Begin(object? sender, IRequest request) => _open[request] = true;

    private void End(object? sender, IRequest request) => _open.TryRemove(request, out _);
}
