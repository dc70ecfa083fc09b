using MeshPort.EndToEnd.Tests.Failures;
using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>A page of the console changes by itself, and says when it cannot.</summary>
public sealed class LiveTests(Browser browser)
{
    /// <summary>Slow enough that a page which looks each second sees the states between.</summary>
    private const double TimeScale = 20;

    private static readonly string[] Stations =
    [
        "Client",
        "Address",
        "Firewall",
        "Rule",
        "ServicePort",
        "Listener",
        "Route",
        "Backend",
        "Pods",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_exposure_of_the_walk_through_goes_from_grey_to_green_and_a_lost_server_is_told()
    {
        Browser.Require();
        await using var host = await MeshPortHost.StartReadyAsync(Token, timeScale: TimeScale);
        var first = new Relay(host.Functions.Address.Port);
        first.Start();
        await using var tab = await browser.OpenAsync(new Uri($"http://127.0.0.1:{first.Port}"));
        await tab.Page.Clock.InstallAsync();
        await tab.GoAsync(Tab.Exposure("tcpecho"));
        await Expect(tab.Find("problem")).ToContainTextAsync("tcpecho");
        await RecordAsync(tab);

        host.Sandbox.Clock.Hold(); // the page may look late
        var request = await host.PutExposureAsync("tcpecho", MeshPortHost.Echo("tcpecho", 9000), Token);
        await Expect(tab.Hop("Client")).ToHaveAttributeAsync("data-tone", "unknown");
        host.Sandbox.Clock.Resume();
        await host.SucceedAsync(request, Token);
        foreach (var station in Stations)
        {
            await Expect(tab.Hop(station)).ToHaveAttributeAsync("data-tone", "good");
        }

        await Expect(tab.Hop("Client")).ToContainTextAsync("OK");
        var tones = await RecordedAsync(tab); // the first probes may fail, before the load balancer has the port
        Assert.Equal(("unknown", "good"), (tones[0], tones[^1]));

        await first.DisposeAsync();
        await Expect(tab.Find("link-state")).ToHaveAttributeAsync("data-state", "lost");
        await Expect(tab.Find("link-state")).ToContainTextAsync("Server lost");
        await Expect(tab.Hop("Client")).ToBeVisibleAsync(); // the last known state stays
        await tab.Find("edit").ClickAsync();
        await Expect(tab.Find("problem")).ToContainTextAsync("Server lost"); // but not under the address of another page
        await tab.Page.GoBackAsync();
        await Expect(tab.Find("problem")).ToBeVisibleAsync();

        var changed = MeshPortHost.Echo("tcpecho", 9000);
        changed["probe"]!["expect"] = "hello"; // Echo has a probe
        await host.SucceedAsync(await host.PutExposureAsync("tcpecho", changed, Token), Token);
        await using var second = new Relay(host.Functions.Address.Port, first.Port);
        second.Start();
        await Expect(tab.Find("link-state")).ToHaveAttributeAsync("data-state", "live");
        await Expect(tab.Find("probe")).ToContainTextAsync("'hello'");

        using var clock = await SteppedClock.StopAsync(tab);
        changed["probe"]!["expect"] = "hello jo"; // Echo has a probe
        await host.PutExposureAsync("tcpecho", changed, Token);
        await clock.StepAsync(milliseconds: 1000, Token);
        Assert.Contains("'hello jo'", await tab.Find("probe").TextContentAsync(), StringComparison.Ordinal);
        tab.MustBeQuiet();
    }

    /// <summary>Records each tone that the page shows at the client, in the page itself, since a test may look too late.</summary>
    private static Task RecordAsync(Tab tab) =>
        tab.Page.EvaluateAsync(
            """
            () => {
              window.tones = [];
              const look = () => {
                const tone = document.querySelector('[data-test=hop-Client]')?.dataset.tone;
                if (tone !== undefined && tone !== window.tones.at(-1)) {
                  window.tones.push(tone);
                }
              };
              new MutationObserver(look).observe(document.getElementById('content'), { subtree: true, childList: true, attributes: true });
            }
            """
        );

    private static Task<string[]> RecordedAsync(Tab tab) => tab.Page.EvaluateAsync<string[]>("() => window.tones");
}
