using System.Collections.Concurrent;
using System.Net.Http.Json;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Sandbox.Faults;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>A cluster with a thousand exposures.</summary>
public sealed class ManyTests(Browser browser)
{
    private const int Count = 1000;
    private const int Shown = 100;
    private const int FirstPort = 20_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_exposures_have_pages_and_filters_and_an_unchanged_page_is_not_sent_again()
    {
        Browser.Require();
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:PortBudget", "2000"));
        host.Sandbox.Refuse(FaultLayer.Arm, "PUT *"); // nothing converges
        await host.FailAsync(await host.PutClusterAsync(Token, StoryHost.ClusterSpec()), Token);
        using var batch = await host.Client.PostAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures",
            new { put = Enumerable.Range(0, Count).Select(Exposure) },
            Token
        );
        Assert.True(batch.IsSuccessStatusCode, await batch.Content.ReadAsStringAsync(Token));
        await host.FailAsync(Assert.IsType<Uri>(batch.Headers.Location), Token);
        await using var tab = await browser.OpenAsync(host.Functions.Address);
        var answers = new ConcurrentQueue<IResponse>();
        tab.Page.Response += (_, answer) => answers.Enqueue(answer);
        var rows = tab.Find("exposures").Locator("tbody tr");

        await tab.GoAsync(Tab.Cluster);
        await Expect(rows).ToHaveCountAsync(Shown);
        await Expect(tab.Find("pager")).ToContainTextAsync($"1 to {Shown} of {Count}");
        await tab.Find("next").ClickAsync();
        await Expect(tab.Find("pager")).ToContainTextAsync("101 to 200");
        await tab.GoAsync($"{Tab.Cluster}?page=10");
        await Expect(rows).ToHaveCountAsync(Shown);
        await Expect(tab.Find("next")).ToHaveCountAsync(0);

        await tab.Find("filter-text").FillAsync("exposure77");
        await tab.Find("filter-text").PressAsync("Enter");
        await Expect(rows).ToHaveCountAsync(11); // 77 and 770 to 779
        Assert.EndsWith("?text=exposure77", tab.Page.Url, StringComparison.Ordinal);
        await Expect(tab.Find("filter-text")).ToBeFocusedAsync();
        await tab.Find("filter-port").FillAsync($"{FirstPort + 770}");
        await tab.Find("filter-submit").ClickAsync();
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(tab.Find("exposure-exposure770")).ToBeVisibleAsync();
        await Expect(tab.Find("filter-submit")).ToBeFocusedAsync();
        await Expect(tab.Find("link-state")).ToContainTextAsync("Live");
        await tab.Page.ReloadAsync(); // the address has the filters
        await Expect(tab.Find("exposure-exposure770")).ToBeVisibleAsync();
        await tab.Find("filter-state").SelectOptionAsync("good");
        await Expect(tab.Find("empty")).ToBeVisibleAsync();
        await tab.Page.GoBackAsync();
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(tab.Find("filter-state")).ToHaveValueAsync("");

        await tab.GoAsync($"{Tab.Cluster}?state=some&port=0"); // a link with errors names each
        await Expect(tab.Find("problem")).ToContainTextAsync("state is 'some'");
        await Expect(tab.Find("problem")).ToContainTextAsync("port is '0'");

        await tab.GoAsync(Tab.Cluster);
        await Expect(rows).ToHaveCountAsync(Shown);
        answers.Clear();
        await Wait.UntilAsync(
            "the server says twice that the page is the same",
            Wait.Usual,
            () => answers.ToArray().Count(answer => answer.Status == 304) >= 2,
            Token
        );
        tab.MustBeQuiet();
    }

    private static object Exposure(int number) =>
        new
        {
            name = $"exposure{number}",
            spec = new { port = FirstPort + number, backends = new[] { new { service = "tcpecho", port = 9000 } } },
        };
}
