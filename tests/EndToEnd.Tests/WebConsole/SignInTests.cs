using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using MeshPort.Sandbox.World;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MeshPort.EndToEnd.Tests.WebConsole;

/// <summary>The two ways to sign in, and what readers and operators can do.</summary>
public sealed class SignInTests(Browser browser)
{
    private const string Key = "0123456789abcdef-key";
    private const string Audience = "api://meshport";
    private const string Client = "33333333-2222-4333-8444-555555555555";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_asked_for_once_and_stays_in_the_tab()
    {
        Browser.Require();
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:FunctionKey", Key));
        await using var tab = await browser.OpenAsync(host.Functions.Address);
        var addresses = new ConcurrentQueue<string>();
        tab.Page.Request += (_, request) => addresses.Enqueue(request.Url);

        await tab.GoAsync("/console/rejections");
        await Expect(tab.Find("key")).ToBeFocusedAsync();
        await Expect(tab.Find("link-state")).ToContainTextAsync("Not signed in");
        await SignInAsync("wrong");
        await Expect(tab.Find("sign-in-problem")).ToContainTextAsync("refused the key");
        await SignInAsync(Key);
        await Expect(tab.Find("page-rejections")).ToBeVisibleAsync();

        await tab.Page.ReloadAsync();
        await Expect(tab.Find("page-rejections")).ToBeVisibleAsync();
        Assert.DoesNotContain(Key, await tab.TracesAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(addresses, address => address.Contains(Key, StringComparison.Ordinal));

        var other = await tab.Page.Context.NewPageAsync();
        await other.GotoAsync(tab.Page.Url);
        await Expect(other.Locator("[data-test=key]")).ToBeVisibleAsync();

        await tab.Find("sign-out").ClickAsync();
        await Expect(tab.Find("key")).ToBeVisibleAsync();
        Assert.Equal(0, await tab.Page.EvaluateAsync<int>("() => sessionStorage.length"));
        tab.MustBeQuiet();

        async Task SignInAsync(string key)
        {
            await tab.Find("key").FillAsync(key);
            await tab.Page.Keyboard.PressAsync("Enter");
        }
    }

    [Fact]
    public async Task A_reader_of_Entra_sees_and_an_operator_acts()
    {
        Browser.Require();
        await using var host = await StartWithEntraAsync();
        await using var tab = await browser.OpenAsync(host.Functions.Address);
        var role = "Reader";
        await SimulateEntraAsync(tab, host, () => role);

        await tab.GoAsync("/console/clusters");
        await tab.Find("entra-sign-in").ClickAsync();
        await Expect(tab.Find("page-clusters")).ToBeVisibleAsync();
        Assert.EndsWith("/console/clusters", tab.Page.Url, StringComparison.Ordinal); // neither code nor state
        await Expect(tab.Find("new-cluster")).ToHaveCountAsync(0);
        await tab.GoAsync("/console/new");
        await Expect(tab.Find("problem")).ToBeVisibleAsync();
        await Expect(tab.Find("edit-form")).ToHaveCountAsync(0);

        await tab.Find("sign-out").ClickAsync();
        role = "Operator";
        await tab.Find("entra-sign-in").ClickAsync();
        await Expect(tab.Find("edit-form")).ToBeVisibleAsync(); // the page that was asked for
        await tab.GoAsync("/console/clusters");
        await Expect(tab.Find("new-cluster")).ToBeVisibleAsync();
        Assert.DoesNotContain("eyJ", await tab.TracesAsync(), StringComparison.Ordinal); // the beginning of every token
        tab.MustBeQuiet(except: host.Sandbox.AuthorityHost.AbsoluteUri);
    }

    [Fact]
    public async Task A_token_is_renewed_also_after_a_reload_and_a_form_survives_another_sign_in()
    {
        Browser.Require();
        await using var host = await StartWithEntraAsync();
        await using var tab = await browser.OpenAsync(host.Functions.Address);
        var renewals = new ConcurrentQueue<string>();
        await SimulateEntraAsync(tab, host, () => "Operator", seconds: 60, renewals); // so short that each page renews it
        await tab.GoAsync("/console/clusters");
        await tab.Find("entra-sign-in").ClickAsync();
        await Expect(tab.Find("page-clusters")).ToBeVisibleAsync();
        var before = renewals.Count;
        await tab.GoAsync("/console/new");
        await Expect(tab.Find("edit-form")).ToBeVisibleAsync();
        Assert.InRange(before, 1, renewals.Count - 1); // the second page has the refresh token of the first

        foreach (var field in new[] { "field-subscription", "field-group", "field-name", "spec" })
        {
            await tab.Find(field).FillAsync($"\"{field}\"");
        }

        const string Plan = "**?dryRun=true";
        await tab.Page.RouteAsync(Plan, route => route.FulfillAsync(new() { Status = 401, Headers = [new("www-authenticate", "Bearer")] }));
        await tab.Find("show-plan").ClickAsync();
        await tab.Page.UnrouteAsync(Plan);
        await tab.Find("entra-sign-in").ClickAsync();
        await Expect(tab.Find("edit-form")).ToBeVisibleAsync();
        await Expect(tab.Find("field-group")).ToHaveValueAsync("\"field-group\"");
        await Expect(tab.Find("spec")).ToHaveValueAsync("\"spec\"");
        tab.MustBeQuiet(except: host.Sandbox.AuthorityHost.AbsoluteUri);
    }

    private static Task<MeshPortHost> StartWithEntraAsync() =>
        MeshPortHost.StartAsync(
            Token,
            ("MeshPort:Access:Audience", Audience),
            ("MeshPort:Access:TenantId", "a1b2c3d4-0000-4000-8000-5a4db0c50001"),
            ("MeshPort:Console:ClientId", Client)
        );

    /// <summary>
    /// Answers for Entra: sends the browser back with a code, and exchanges the code, or the last refresh token, for a token of the role.
    /// </summary>
    private static Task SimulateEntraAsync(
        Tab tab,
        MeshPortHost host,
        Func<string> role,
        int seconds = 3600,
        ConcurrentQueue<string>? renewals = null
    )
    {
        var issued = 0;
        var challenge = "";
        return tab.Page.RouteAsync(
            $"{host.Sandbox.AuthorityHost.AbsoluteUri}**",
            async route =>
            {
                var address = new Uri(route.Request.Url);
                if (address.AbsolutePath.EndsWith("/authorize", StringComparison.Ordinal))
                {
                    var query = HttpUtility.ParseQueryString(address.Query);
                    Assert.Equal((Client, "S256"), (query["client_id"], query["code_challenge_method"]));
                    challenge = query["code_challenge"];
                    await route.FulfillAsync(
                        new RouteFulfillOptions
                        {
                            Status = 302,
                            Headers = [new("location", $"{query["redirect_uri"]}#code=c1&state={query["state"]}")],
                        }
                    );
                    return;
                }

                var form = HttpUtility.ParseQueryString(route.Request.PostData ?? "");
                if (form["refresh_token"] is { } refresh)
                {
                    renewals?.Enqueue(refresh);
                }

                var isRight =
                    form["refresh_token"] == $"r{issued}"
                    || form["code"] == "c1"
                        && challenge == Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"] ?? "")));
                var caller = new TokenIdentity("11111111-2222-3333-4444-555555555555", "Jose", []) { Roles = [$"MeshPort.{role()}"] };
                await route.FulfillAsync(
                    new RouteFulfillOptions
                    {
                        Status = isRight ? 200 : 400,
                        ContentType = "application/json",
                        Headers = [new("access-control-allow-origin", "*")],
                        Body = JsonSerializer.Serialize(
                            new
                            {
                                access_token = host.Sandbox.World.Tokens.Issue(Audience, caller),
                                expires_in = seconds,
                                refresh_token = $"r{++issued}",
                            }
                        ),
                    }
                );
            }
        );
    }

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
