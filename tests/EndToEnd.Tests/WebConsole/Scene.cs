using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>Something that the console shows: a page, or a page after a step.</summary>
/// <param name="Shown">The element that is there when the scene is complete.</param>
internal sealed record Scene(string Name, string Path, string Shown, Func<Tab, Task>? Step = null)
{
    /// <summary>Every page, in a world with the exposures <c>echo</c>, which works, and <c>wrong</c>, which does not.</summary>
    public static readonly IReadOnlyList<Scene> All =
    [
        new("clusters", "/console/clusters", "clusters"),
        new("cluster", Tab.Cluster, "exposures"),
        new("no-match", $"{Tab.Cluster}?state=unknown", "empty"),
        new("exposure", Tab.Exposure("echo"), "latency"),
        new("exposure-that-fails", Tab.Exposure("wrong"), "finding-Client"),
        new("operations", $"{Tab.Cluster}/operations", "operation"),
        new("drift", $"{Tab.Cluster}/drift", "drift-entries"),
        new("rejections", "/console/rejections", "rejection"),
        new("new-cluster", "/console/new", "edit-form"),
        new("expose", $"{Tab.Cluster}/new", "edit-form"),
        new("plan", $"{Tab.Exposure("echo")}/edit", "apply", PlanAsync),
        new("refusal", $"{Tab.Exposure("echo")}/edit", "plan-problem", RefuseAsync),
        new("delete", Tab.Exposure("echo"), "change-delete", tab => tab.Find("delete").ClickAsync()),
        new("not-found", Tab.Exposure("nobody"), "problem"),
        new("sign-in", "/console/clusters", "key", SignOutAsync),
    ];

    public async Task OpenAsync(Tab tab)
    {
        await tab.GoAsync(Path);
        await (Step?.Invoke(tab) ?? Task.CompletedTask);
        await Expect(tab.Find(Shown).First).ToBeVisibleAsync();
    }

    private static async Task PlanAsync(Tab tab)
    {
        var spec = MeshPortHost.Echo("echo", 9005);
        await tab.Find("spec").FillAsync(spec.ToJsonString(new() { WriteIndented = true }));
        await tab.Find("show-plan").ClickAsync();
    }

    private static async Task RefuseAsync(Tab tab)
    {
        await tab.Find("spec").FillAsync("""{ "port": 80, "backends": [] }""");
        await tab.Find("show-plan").ClickAsync();
    }

    /// <summary>As if the server wanted a key.</summary>
    private static async Task SignOutAsync(Tab tab)
    {
        await tab.Page.RouteAsync("**/api/console/**", route => route.FulfillAsync(new() { Status = 401 }));
        await tab.Page.ReloadAsync();
    }
}
