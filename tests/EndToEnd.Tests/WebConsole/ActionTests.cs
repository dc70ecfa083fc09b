using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>An operator changes exposures in the console. Each change is shown before it is made.</summary>
public sealed class ActionTests(Browser browser)
{
    private const string Spec = """
        {
          "port": 9001,
          "backends": [{ "service": "one", "port": 9001 }],
          "workload": { "image": "istio/tcp-echo-server:1.1", "args": ["9001", "hello"], "containerPort": 9001 },
          "probe": { "send": "jose\n", "expect": "hello jose" }
        }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_exposure_is_made_changed_and_deleted_and_each_change_is_shown_first()
    {
        Browser.Require();
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        await using var tab = await browser.OpenAsync(host.Functions.Address);
        await tab.GoAsync("/console");
        await tab.Find("clusters").GetByRole(Microsoft.Playwright.AriaRole.Link).ClickAsync();

        await tab.Find("expose").ClickAsync();
        await tab.Find("field-name").FillAsync("one");
        await PlanAsync(tab, "{ no json");
        await Expect(tab.Find("plan-problem")).ToContainTextAsync("The spec is not JSON");
        await PlanAsync(tab, Spec.Replace("\"port\": 9001,", "\"port\": 15001,", StringComparison.Ordinal));
        await Expect(tab.Find("plan-problem")).ToContainTextAsync("/spec/port");
        await PlanAsync(tab, Spec);
        await Expect(tab.Find("edit-result")).ToContainTextAsync("Deployment");
        Assert.DoesNotContain("\"one\"", await ExposuresAsync(host), StringComparison.Ordinal); // a plan changes nothing
        await tab.Find("apply").ClickAsync();
        await GreenAsync(tab);
        Assert.EndsWith(Tab.Exposure("one"), tab.Page.Url, StringComparison.Ordinal);

        await tab.Find("edit").ClickAsync();
        await Expect(tab.Find("spec")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("\"port\": 9001"));
        var changed = Spec.Replace("hello jose", "hello", StringComparison.Ordinal);
        await PlanAsync(tab, changed);
        await Expect(tab.Find("apply")).ToBeVisibleAsync();
        await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9002), Token); // somebody else changes it meanwhile
        await tab.Find("apply").ClickAsync();
        await Expect(tab.Find("plan-problem")).ToContainTextAsync("Somebody else has changed the spec");
        await Expect(tab.Find("spec")).ToHaveValueAsync(changed);
        await tab.Find("load-current").ClickAsync();
        await Expect(tab.Find("spec")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("\"port\": 9002"));
        await SkipLinkKeepsTheTextAsync(tab, changed);
        await PlanAsync(tab, changed);
        await Expect(tab.Find("edit-result")).ToContainTextAsync("9001");
        await tab.Find("apply").ClickAsync();
        await Expect(tab.Find("probe")).ToContainTextAsync("'hello'");
        await GreenAsync(tab);

        await LatePlanUnlocksNothingAsync(tab);
        await LostActionMayBeRepeatedAsync(tab);
        await BackClosesADialogAsync(tab);
        await DeleteAsync(tab, host);
        await Wait.UntilAsync(
            "the exposure is gone",
            Wait.Usual,
            async () => !(await ExposuresAsync(host)).Contains("\"one\"", StringComparison.Ordinal),
            Token
        );
        tab.MustBeQuiet();
    }

    /// <summary>The plan of a dialog that is closed already comes while another one is open.</summary>
    private static async Task LatePlanUnlocksNothingAsync(Tab tab)
    {
        const string Plan = "**?dryRun=true";
        var turn = new TaskCompletionSource();
        await tab.Page.RouteAsync(
            Plan,
            async route =>
            {
                if (route.Request.Method == "PUT")
                {
                    await turn.Task;
                    await route.ContinueAsync();
                } // the plan of the deletion never comes
            }
        );
        await tab.Find("reconcile").ClickAsync();
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Find("delete").ClickAsync();
        await tab.Find("confirm-name").FillAsync("one");
        var answer = await tab.Page.RunAndWaitForResponseAsync(
            () =>
            {
                turn.SetResult();
                return Task.CompletedTask;
            },
            answer => answer.Request.Method == "PUT"
        );
        await answer.FinishedAsync();
        await tab.Page.EvaluateAsync("() => fetch('/console/icon.svg').then((icon) => icon.text())"); // the script has read the answer
        await Expect(tab.Find("plan")).ToContainTextAsync("Reading the cluster");
        await Expect(tab.Find("action-confirm")).ToBeDisabledAsync();
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.UnrouteAsync(Plan);
    }

    private static async Task SkipLinkKeepsTheTextAsync(Tab tab, string text)
    {
        await tab.Find("spec").FillAsync(text);
        await tab.Page.GetByText("Skip to content").FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Find("content")).ToBeFocusedAsync();
        await tab.Page.GoBackAsync();
        await Expect(tab.Find("spec")).ToHaveValueAsync(text);
    }

    private static async Task LostActionMayBeRepeatedAsync(Tab tab)
    {
        const string Action = "**/reconcile";
        await tab.Find("reconcile").ClickAsync();
        await tab.Page.RouteAsync(Action, route => route.AbortAsync());
        await tab.Find("action-confirm").ClickAsync();
        await Expect(tab.Find("plan")).ToContainTextAsync("The server does not answer");
        await tab.Page.UnrouteAsync(Action);
        await tab.Find("action-confirm").ClickAsync();
        await Expect(tab.Find("action")).ToBeHiddenAsync();
    }

    private static async Task BackClosesADialogAsync(Tab tab)
    {
        await tab.GoAsync(Tab.Cluster);
        await tab.Find("exposure-one").GetByRole(Microsoft.Playwright.AriaRole.Link).ClickAsync();
        await tab.Find("delete").ClickAsync();
        await Expect(tab.Find("action")).ToBeVisibleAsync();
        await tab.Page.GoBackAsync();
        await Expect(tab.Find("page-cluster")).ToBeVisibleAsync();
        await Expect(tab.Find("action")).ToBeHiddenAsync();
        await tab.Page.GoForwardAsync();
        await Expect(tab.Find("page-exposure")).ToBeVisibleAsync();
    }

    /// <summary>With the keyboard alone.</summary>
    private static async Task DeleteAsync(Tab tab, MeshPortHost host)
    {
        var keyboard = tab.Page.Keyboard;
        await tab.Find("delete").FocusAsync();
        await keyboard.PressAsync("Enter");
        await Expect(tab.Find("change-delete").First).ToBeVisibleAsync();
        await keyboard.PressAsync("Escape");
        await Expect(tab.Find("action")).ToBeHiddenAsync();
        await Expect(tab.Find("delete")).ToBeFocusedAsync();

        await keyboard.PressAsync("Enter");
        await Expect(tab.Find("change-delete").First).ToBeVisibleAsync();
        var etag = await tab.Find("delete").GetAttributeAsync("data-etag") ?? "";
        await host.PutExposureAsync("one", MeshPortHost.Echo("one", 9003), Token); // somebody else changes what the dialog is about
        await tab.Find("confirm-name").FillAsync("one");
        await keyboard.PressAsync("Enter");
        await Expect(tab.Find("plan-problem")).ToContainTextAsync("Nothing was deleted");
        await keyboard.PressAsync("Escape");
        await Expect(tab.Find("delete")).Not.ToHaveAttributeAsync("data-etag", etag);
        await tab.Find("delete").FocusAsync();

        await keyboard.PressAsync("Enter");
        await Expect(tab.Find("change-delete").First).ToBeVisibleAsync();
        await tab.Find("confirm-name").FocusAsync();
        await keyboard.TypeAsync("on");
        await Expect(tab.Find("action-confirm")).ToBeDisabledAsync();
        var off = await ColourAsync(tab);
        await keyboard.TypeAsync("e");
        await Expect(tab.Find("action-confirm")).ToBeEnabledAsync();
        Assert.NotEqual(off, await ColourAsync(tab)); // a button that does nothing looks so
        await keyboard.PressAsync("Enter");
        await Expect(tab.Find("page-cluster")).ToBeVisibleAsync();
        await Expect(tab.Find("exposure-one")).ToHaveCountAsync(0);
    }

    private static Task<string> ColourAsync(Tab tab) =>
        tab.Find("action-confirm").EvaluateAsync<string>("(button) => getComputedStyle(button).backgroundColor");

    private static async Task PlanAsync(Tab tab, string spec)
    {
        await tab.Find("spec").FillAsync(spec);
        await tab.Find("show-plan").ClickAsync();
    }

    private static Task GreenAsync(Tab tab) => Expect(tab.Page.Locator("[data-test=path] > [data-tone=good]")).ToHaveCountAsync(9);

    private static Task<string> ExposuresAsync(MeshPortHost host) => host.Client.GetStringAsync($"{MeshPortHost.Cluster}/exposures", Token);
}
