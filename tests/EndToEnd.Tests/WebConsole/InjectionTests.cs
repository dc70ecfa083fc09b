using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Stories;
using MeshPort.Messages;
using MeshPort.Sandbox.Faults;
using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>Texts of specs, messages of Azure and texts of senders are texts in the console, whatever is in them.</summary>
public sealed class InjectionTests(Browser browser)
{
    private const string Attack =
        "</textarea></title><img src=x onerror=window.hacked=1><script>window.hacked=1</script><svg onload=hacked=1>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scripts_in_texts_are_shown_and_do_not_run()
    {
        Browser.Require();
        await using var host = await MeshPortHost.StartAsync(Token);
        host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Arm,
                Kind = FaultKind.Refused,
                Operation = "PUT *",
                Message = Attack,
            }
        );
        await host.FailAsync(await host.PutClusterAsync(Token, Cluster()), Token);
        await host.PutExposureAsync("one", Exposure(), Token);
        var queue = host.Queue(ExposureQueue.Name);
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await queue.SendMessageAsync(Message().ToJsonString(), Token);
        await using var tab = await browser.OpenAsync(host.Functions.Address);

        await ShowsAsync(tab, "/console/clusters", "page-clusters");
        await ShowsAsync(tab, Tab.Cluster, "operation");
        await ShowsAsync(tab, $"{Tab.Cluster}?text={Uri.EscapeDataString("<img src=x onerror=window.hacked=1>")}", "page-cluster");
        await Expect(tab.Find("filter-text")).ToHaveValueAsync("<img src=x onerror=window.hacked=1>");
        await ShowsAsync(tab, $"{Tab.Cluster}/operations", "page-operations");
        await ShowsAsync(tab, Tab.Exposure("one"), "probe");
        await ShowsAsync(tab, "/console/rejections", "rejection");
        await ShowsAsync(tab, $"{Tab.Cluster}/%3Cimg%20src=x%20onerror=window.hacked=1%3E", "problem", isTold: false);

        await tab.GoAsync($"{Tab.Cluster}/edit");
        await Expect(tab.Find("spec")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("onerror=window.hacked"));
        host.Sandbox.World.Faults.Clear();
        await tab.Find("show-plan").ClickAsync();
        await Expect(tab.Find("edit-result").Locator(".plan, .problem")).ToContainTextAsync(Attack);
        await tab.GoAsync($"{Tab.Exposure("one")}/edit");
        await tab.Find("spec").FillAsync($$"""{ "port": 9001, "{{Attack}}": 1, "backends": [{ "service": "{{Attack}}", "port": 1 }] }""");
        await tab.Find("show-plan").ClickAsync();
        await Expect(tab.Find("plan-problem")).ToContainTextAsync(Attack);
        await NothingRunsAsync(tab);
        tab.MustBeQuiet();
    }

    private static async Task ShowsAsync(Tab tab, string path, string part, bool isTold = true)
    {
        await tab.GoAsync(path);
        var shown = tab.Find(part).First;
        await (
            isTold && !path.Contains('?', StringComparison.Ordinal)
                ? Expect(shown).ToContainTextAsync(Attack)
                : Expect(shown).ToBeVisibleAsync()
        );
        await NothingRunsAsync(tab);
    }

    private static async Task NothingRunsAsync(Tab tab)
    {
        Assert.False(await tab.Page.EvaluateAsync<bool>("() => 'hacked' in window"), tab.Page.Url);
        await Expect(tab.Page.Locator("img[src=x], svg[onload], #content script")).ToHaveCountAsync(0);
    }

    private static JsonObject Cluster()
    {
        var cluster = StoryHost.ClusterSpec();
        cluster["tags"] = new JsonObject { ["team"] = Attack };
        return cluster;
    }

    private static JsonObject Exposure()
    {
        var exposure = MeshPortHost.Echo("one", 9001);
        var workload = Assert.IsType<JsonObject>(exposure["workload"]);
        workload["command"] = new JsonArray(Attack);
        workload["args"] = new JsonArray(Attack);
        workload["env"] = new JsonArray(new JsonObject { ["name"] = "A", ["value"] = Attack });
        workload["readinessProbe"] = new JsonObject { ["exec"] = new JsonObject { ["command"] = new JsonArray(Attack) } };
        exposure["probe"] = new JsonObject { ["send"] = Attack, ["expect"] = Attack };
        return exposure;
    }

    /// <summary>A message of the queue that MeshPort refuses.</summary>
    private static JsonObject Message() =>
        new()
        {
            ["cluster"] = new JsonObject { ["name"] = Attack },
            [Attack] = 1,
        };
}
