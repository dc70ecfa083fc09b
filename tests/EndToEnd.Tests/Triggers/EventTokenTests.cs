using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Events;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.World;

namespace MeshPort.EndToEnd.Tests.Triggers;

/// <summary>With an audience, only Event Grid's own tokens deliver events.</summary>
public sealed class EventTokenTests
{
    private const string Path = "/api/events";
    private static readonly string Audience = $"api://{SandboxHook}";
    private static readonly string Resource = Walkthrough.Environment.ArmId;
    private static readonly TokenIdentity EventGrid = new("a1b2c3d4-0000-4000-8000-5a4db0c50041", "Microsoft.EventGrid", [])
    {
        ApplicationId = "4962773b-9cdb-44cf-a8bf-237846a00ab7",
        Roles = [WebHookApplication.SubscriberRole],
    };

    private const string SandboxHook = "a1b2c3d4-0000-4000-8000-5a4db0c50051";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Event_Grid_consents_and_delivers_with_its_token()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token, more: Settings);
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        var hooks = host.Sandbox.WebHookApplications;
        Assert.Equal(Audience, hooks[0].Uri);

        Assert.Equal("Succeeded", await SubscribeAsync(host, azure, "good", hooks[0].Uri));
        Assert.Equal("Failed", await SubscribeAsync(host, azure, "without-token", null)); // MeshPort refuses
        Assert.Equal("Failed", await SubscribeAsync(host, azure, "other-audience", hooks[1].Uri)); // MeshPort refuses
        Assert.Equal("Failed", await SubscribeAsync(host, azure, "no-right", hooks[2].Uri)); // Event Grid refuses

        host.Sandbox.Events.Publish(Resource, ContainerServiceEvent.NodePoolRollingFailed("nodepool1"));
        await Wait.UntilAsync("the history has the event", Walkthrough.Within, async () => await HasEventAsync(host), Token);
        Assert.Empty(host.Sandbox.Events.DeadLetters);
    }

    [Fact]
    public async Task Other_senders_are_refused_and_change_nothing()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token, more: Settings);
        var tokens = host.Sandbox.World.Tokens;
        var stranger = new SandboxTokens(TimeProvider.System, new SigningKey());
        var good = tokens.Issue(Audience, EventGrid);

        foreach (
            var (expected, token) in new[]
            {
                (HttpStatusCode.Unauthorized, null),
                (HttpStatusCode.Unauthorized, "nonsense"),
                (HttpStatusCode.Unauthorized, stranger.Issue(Audience, EventGrid)),
                (HttpStatusCode.Unauthorized, tokens.Issue(SandboxTokens.ResourceManagerAudience, EventGrid)),
                (HttpStatusCode.Unauthorized, tokens.Issue(Audience, EventGrid, TimeSpan.FromHours(-1))),
                (HttpStatusCode.Forbidden, tokens.Issue(Audience, EventGrid with { Roles = [] })),
                (HttpStatusCode.Forbidden, tokens.Issue(Audience, EventGrid with { Roles = ["MeshPort.Operator"] })),
                // Whoever writes the event subscription has the role too.
                (HttpStatusCode.Forbidden, tokens.Issue(Audience, EventGrid with { ApplicationId = host.Sandbox.ClientId })),
            }
        )
        {
            var (status, text) = await PostAsync(host, Path, token, Event);
            Assert.True(status == expected, $"{status} {text}");
            Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
        }

        // The key alone: the webhook of the Functions host.
        var (byKey, _) = await PostAsync(host, $"/runtime/webhooks/EventGrid?functionName={nameof(ClusterEvents)}", null, Event);
        Assert.Equal(HttpStatusCode.InternalServerError, byKey);
        Assert.False(await HasEventAsync(host));

        foreach (var malformed in new[] { "{", "[7,null,\"x\",{}]", "{\"id\":\"\\ud800\"}" })
        {
            Assert.True((int)(await PostAsync(host, Path, good, malformed)).Status < 500);
        }

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(host, Path, good, Event)).Status);
        Assert.True(await HasEventAsync(host));
    }

    private static (string, string)[] Settings =>
        [
            ("MeshPort:Access:Events:Audience", $"{Audience}, {SandboxHook}"),
            ("MeshPort:Access:TenantId", "a1b2c3d4-0000-4000-8000-5a4db0c50001"),
        ];

    private static string Event =>
        $$"""
            [{"topic":"{{Resource}}","subject":"c","eventType":"Microsoft.ContainerService.NodePoolRollingFailed","id":"1",
              "data":{"nodePoolName":"nodepool1"},"dataVersion":"1","metadataVersion":"1","eventTime":"2026-03-29T18:10:00.0000000Z"}]
            """;

    /// <returns>The provisioning state of the event subscription.</returns>
    private static async Task<string?> SubscribeAsync(MeshPortHost host, OtherAzureUser azure, string name, string? application)
    {
        var hook = new JsonObject { ["endpointUrl"] = $"{host.Functions.Address}api/events" };
        if (application is not null)
        {
            hook["azureActiveDirectoryTenantId"] = host.Sandbox.TenantId;
            hook["azureActiveDirectoryApplicationIdOrUri"] = application;
        }

        var id = $"{Resource}/providers/Microsoft.EventGrid/eventSubscriptions/{name}";
        await azure.PutAsync(
            id,
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["destination"] = new JsonObject { ["endpointType"] = "WebHook", ["properties"] = hook },
                },
            }
        );
        return (await azure.GetAsync(id))["properties"]?["provisioningState"]?.GetValue<string>();
    }

    private static async Task<bool> HasEventAsync(MeshPortHost host) =>
        (await host.Client.GetStringAsync(MeshPortHost.Cluster, Token)).Contains("NodePoolRollingFailed", StringComparison.Ordinal);

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(MeshPortHost host, string path, string? token, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("aeg-event-type", "Notification");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await host.Client.SendAsync(request, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }
}
