using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Messages;
using Microsoft.Playwright;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>
/// Every page, dark and light, wide and narrow: without violations of WCAG that axe-core finds, and without scrolling sideways. With
/// MESHPORT_RECORD_CONSOLE set, the test writes pictures of all pages to artifacts/console, and docs/images/console.png.
/// </summary>
public sealed class AccessibilityTests(Browser browser)
{
    private const string Variable = "MESHPORT_TEST_AXE";
    private const int Wide = 1280;
    private const int Narrow = 320;

    private static readonly string[] Rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static bool IsRecording => Environment.GetEnvironmentVariable("MESHPORT_RECORD_CONSOLE") is { Length: > 0 };

    [Fact]
    public async Task Every_page_is_accessible_dark_and_light_wide_and_narrow()
    {
        Browser.Require();
        var script = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipUnless(File.Exists(script), $"{Variable} names no axe.min.js of axe-core.");
        await using var host = await WorldAsync();
        var problems = new List<string>();

        // A colour does not depend on the width, nor a width on the colours; people look at the pictures of all four.
        foreach (var (scheme, width) in Looks())
        {
            await using var tab = await browser.OpenAsync(host.Functions.Address, scheme, width, isBare: true);
            await tab.Page.AddInitScriptAsync(await File.ReadAllTextAsync(script, Token));
            foreach (var scene in Scene.All)
            {
                await scene.OpenAsync(tab);
                problems.AddRange((await ScanAsync(tab)).Select(problem => $"{scene.Name}, {scheme}, {width}: {problem}"));
                await RecordAsync(tab, scene, $"{scheme}".ToLowerInvariant(), width);
            }
        }

        Assert.Empty(problems);
    }

    private static IEnumerable<(ColorScheme Scheme, int Width)> Looks() =>
        IsRecording
            ? from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
            from width in new[] { Wide, Narrow }
            select (scheme, width)
            : [(ColorScheme.Light, Wide), (ColorScheme.Dark, Narrow)];

    private static Task<string[]> ScanAsync(Tab tab) =>
        tab.Page.EvaluateAsync<string[]>(
            """
            async (rules) => {
              const { violations } = await axe.run(document, { runOnly: rules });
              const places = (nodes) => nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' ');
              const found = violations.map(({ id, nodes }) => `${id}: ${places(nodes)}`);
              const wide = document.documentElement.scrollWidth;
              return wide > innerWidth ? [...found, `the page is ${wide} pixels wide`] : found;
            }
            """,
            Rules
        );

    /// <summary>A cluster with an exposure that works, one that fails, a repair, and a refused message.</summary>
    private static async Task<MeshPortHost> WorldAsync()
    {
        var wrong = MeshPortHost.Echo("wrong", 9001);
        wrong["probe"] = new JsonObject
        {
            ["send"] = "jose\n",
            ["expect"] = "goodbye",
            ["timeout"] = "PT1S",
        };
        var host = await MeshPortHost.StartReadyAsync(Token, FailureRoom.Guarded(), [("echo", MeshPortHost.Echo("echo", 9000))]);
        await host.FailAsync(await host.PutExposureAsync("wrong", wrong, Token), Token);
        using var cluster = host.Kubernetes();
        await cluster.DeleteForeignAsync("virtualservices", "default", "meshport-echo", Token);
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        var queue = host.Queue(ExposureQueue.Name);
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await queue.SendMessageAsync("""{"cluster":{"name":"x"},"put":[{"name":"Y"}]}""", Token);
        return host;
    }

    private static async Task RecordAsync(Tab tab, Scene scene, string scheme, int width)
    {
        if (!IsRecording)
        {
            return;
        }

        var file = Path.Combine(Repository.Root, "artifacts", "console", $"{scene.Name}-{scheme}-{width}.png");
        await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = file, FullPage = true });
        if (scene.Name == "exposure" && (scheme, width) == ("light", Wide))
        {
            await tab.Page.ScreenshotAsync(
                new PageScreenshotOptions { Path = Path.Combine(Repository.Root, "docs", "images", "console.png") }
            );
        }
    }
}
