using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Sandbox.Faults;
using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>A fault in each layer turns its station of the path red, with advice, until the fault is gone.</summary>
public sealed class PathTests(Browser browser)
{
    private static readonly string Guard = OtherAzureUser.Network("networkSecurityGroups", "guard");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fault_in_each_layer_turns_its_station_red_with_advice_until_it_is_gone()
    {
        Browser.Require();
        var healthy = FailureRoom.Echo();
        healthy["probe"]!["timeout"] = "PT2S"; // Echo has a probe
        await using var room = await FailureRoom.ReadyAsync(FailureRoom.Guarded(), healthy);
        using var cluster = room.Host.Kubernetes();
        await using var tab = await browser.OpenAsync(room.Host.Functions.Address);
        await tab.GoAsync(Tab.Exposure("echo"));
        await GreenAsync(tab);

        // The route is deleted, and the API server does not let MeshPort restore it.
        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "PATCH virtualservices");
        await cluster.DeleteForeignAsync("virtualservices", "default", "meshport-echo", Token);
        await RedAsync(tab, "Route", "AccessDenied", "follow the message");
        await Expect(tab.Find("repair-Route")).ToHaveCountAsync(0); // it was refused
        room.Mend();
        await GreenAsync(tab);

        // The add-on takes the port away, and MeshPort may not open it again.
        room.Break(FaultLayer.Kubernetes, FaultKind.Refused, "PATCH services");
        await cluster.DropPortAsync(Token);
        await RedAsync(tab, "ServicePort", "AccessDenied", "follow the message");
        room.Mend();
        await GreenAsync(tab);

        await room.Azure.PutAsync($"{Guard}/securityRules/nobody", Deny());
        await RedAsync(tab, "Firewall", "FirewallConflict", "change that rule");
        await room.Azure.DeleteAsync($"{Guard}/securityRules/nobody");
        await GreenAsync(tab);

        var wrong = Assert.IsType<JsonObject>(healthy.DeepClone());
        wrong["probe"]!["expect"] = "goodbye";
        await room.AskExposureAsync(wrong);
        await RedAsync(tab, "Client", "WrongAnswer", "correct the probe or the workload");
        await Expect(tab.Find("probe")).ToContainTextAsync("'goodbye'");

        // The exposure moves to a Service of others, whose pods and then itself go away.
        await ForeignService.ServiceAsync(cluster, Token);
        await ForeignService.PodsAsync(cluster, Token);
        await room.AskExposureAsync(FailureRoom.Of("theirs"));
        await GreenAsync(tab);
        await cluster.AppsV1.DeleteNamespacedDeploymentAsync("theirs", "default", cancellationToken: Token);
        await RedAsync(tab, "Pods", "NoReadyEndpoints", "the selector");
        await cluster.CoreV1.DeleteNamespacedServiceAsync("theirs", "default", cancellationToken: Token);
        await RedAsync(tab, "Backend", "BackendNotFound", "follow the message");
        tab.MustBeQuiet();
    }

    private static Task GreenAsync(Tab tab) => Expect(tab.Page.Locator("[data-test=path] > [data-tone=good]")).ToHaveCountAsync(9);

    private static async Task RedAsync(Tab tab, string station, string reason, string advice)
    {
        await Expect(tab.Hop(station)).ToHaveAttributeAsync("data-reason", reason);
        await Expect(tab.Hop(station)).ToHaveAttributeAsync("data-tone", "bad");
        await Expect(tab.Hop(station)).ToContainTextAsync("Failed");
        await Expect(tab.Find($"finding-{station}").Locator("[data-test=advice]")).ToContainTextAsync(advice, new() { IgnoreCase = true });
    }

    private static JsonObject Deny() =>
        new()
        {
            ["properties"] = new JsonObject
            {
                ["priority"] = 100,
                ["direction"] = "Inbound",
                ["access"] = "Deny",
                ["protocol"] = "*",
                ["sourceAddressPrefix"] = "*",
                ["sourcePortRange"] = "*",
                ["destinationAddressPrefix"] = "*",
                ["destinationPortRange"] = "9000",
            },
        };
}
