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
        await using var host = await MeshPortHost.StartAsync(
            Token,
            ("MeshPort:Access:Audience", Audience),
            ("MeshPort:Access:TenantId", "a1b2c3d4-0000-4000-8000-5a4db0c50001"),
            ("MeshPort:Console:ClientId", Client)
        );
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

    /// <summary>Answers for Entra: sends the browser back with a code, and exchanges the code for a token of the role.</summary>
    private static Task SimulateEntraAsync(Tab tab, MeshPortHost host, Func<string> role)
    {
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
                var isRight = challenge == Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"] ?? "")));
                var caller = new TokenIdentity("11111111-2222-3333-4444-555555555555", "Jose", []) { Roles = [$"MeshPort.{role()}"] };
                await route.FulfillAsync(
                    new RouteFulfillOptions
                    {
                        Status = isRight && form["code"] == "c1" ? 200 : 400,
                        ContentType = "application/json",
                        Headers = [new("access-control-allow-origin", "*")],
                        Body = JsonSerializer.Serialize(
                            new { access_token = host.Sandbox.World.Tokens.Issue(Audience, caller), expires_in = 3600 }
                        ),
                    }
                );
            }
        );
    }

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
