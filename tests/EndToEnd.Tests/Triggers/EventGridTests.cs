using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Core;
using k8s;
using MeshPort.Events;
using MeshPort.Model;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Triggers;

/// <summary>Events as Azure posts them, in both schemas.</summary>
public sealed class EventGridTests
{
    private const string Stranger = "11111111-2222-3333-4444-555555555555";
    private static readonly string Resource = Walkthrough.Environment.ArmId;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ClusterId Id => MeshPortHost.Id;

    [Fact]
    public async Task A_write_by_others_starts_a_convergence_that_repairs_drift()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        var open = await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token);
        await host.SucceedAsync(open, Token);
        using var kubernetes = host.Kubernetes();
        await kubernetes.CustomObjects.DeleteNamespacedCustomObjectAsync(
            "networking.istio.io",
            "v1",
            "default",
            "gateways",
            "meshport-echo",
            cancellationToken: Token
        );

        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(host, Write("drift", Stranger)));

        await Wait.UntilAsync(
            "the Gateway exists again",
            Walkthrough.Within,
            async () =>
                JsonSerializer
                    .SerializeToElement(
                        await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync(
                            "networking.istio.io",
                            "v1",
                            "default",
                            "gateways",
                            cancellationToken: Token
                        )
                    )
                    .GetProperty("items")
                    .GetArrayLength() == 1,
            Token
        );
    }

    [Fact]
    public async Task Only_events_of_others_about_a_known_cluster_count_and_each_once()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        var own = OwnIdentity.Read(
            (
                await host
                    .Functions.Services.GetRequiredService<TokenCredential>()
                    .GetTokenAsync(new TokenRequestContext(["https://management.azure.com/.default"]), Token)
            ).Token
        );

        foreach (
            var ignored in new[]
            {
                Write("own", own?.ObjectId ?? ""),
                Write("unknown", Stranger, Resource + "other"),
                Write("secret", Stranger, action: "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"),
                """{"id":"x","eventType":"Microsoft.Storage.BlobCreated","topic":"/subscriptions/s","subject":"b","data":{}}""",
                """{"id":7,"data":[]}""",
                """{"id":"y","type":"Microsoft.Resources.ResourceWriteSuccess","specversion":"1.0","data":"""
                    + """{"resourceUri":"/subscriptions//resourceGroups/////"}}""",
            }
        )
        {
            Assert.Equal(HttpStatusCode.Accepted, await PostAsync(host, ignored));
        }

        Assert.Equal(0, await LookAsync(host));
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(host, Write("agent", Stranger, $"{Resource}/agentPools/nodepool1")));
        var look = await LookAsync(host);
        Assert.NotEqual(0, look);
        await Wait.UntilAsync("nothing is left to do", Walkthrough.Within, async () => await IsDoneAsync(host), Token);
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(host, Write("agent", Stranger, $"{Resource}/agentPools/nodepool1")));
        Assert.Equal(look, await LookAsync(host));
    }

    [Fact]
    public async Task The_history_has_the_events_of_aks_with_advice_in_their_order()
    {
        await using var host = await MeshPortHost.StartReadyAsync(Token);
        var failed =
            $$"""["""
            + $$"""{"topic":"{{Resource}}","subject":"c","eventType":"Microsoft.ContainerService.NodePoolRollingFailed","id":"2","data":"""
            + $$"""{"nodePoolName":"nodepool1"},"dataVersion":"1","metadataVersion":"1","eventTime":"2023-03-29T18:10:00.0000000Z"}]""";
        var started =
            $$"""{"source":"{{Resource}}","subject":"c","type":"Microsoft.ContainerService.NodePoolRollingStarted","""
            + """ "time":"2023-03-29T18:00:00.0000000Z","id":"1","data":"""
            + $$"""{"nodePoolName":"nodepool1"},"specversion":"1.0"}""";

        foreach (var body in new[] { failed, started, failed })
        {
            Assert.Equal(HttpStatusCode.Accepted, await PostAsync(host, body));
        }

        var history = (await host.Client.GetFromJsonAsync<JsonElement>(MeshPortHost.Cluster, Token))
            .GetProperty("status")
            .GetProperty("history")
            .EnumerateArray()
            .Where(entry => entry.GetProperty("type").GetString() == "AzureEvent")
            .ToList();
        Assert.Equal(["NodePoolRollingStarted", "NodePoolRollingFailed"], history.Select(entry => entry.GetProperty("reason").GetString()));
        Assert.Contains("az aks nodepool upgrade", history[1].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static async Task<long> LookAsync(MeshPortHost host) => (await host.Clusters.FindAsync(Id, Token))?.Reconcile ?? -1;

    private static async Task<bool> IsDoneAsync(MeshPortHost host) =>
        await host.Functions.Services.GetRequiredService<State.StatusStore>().LoadAsync(Id, Token) is { IsWork: false };

    private static string Write(
        string id,
        string caller,
        string? resource = null,
        string action = "Microsoft.ContainerService/managedClusters/write"
    ) =>
        $$"""
            [{"subject":"{{resource
                ?? Resource}}","eventType":"Microsoft.Resources.ResourceWriteSuccess",
              "eventTime":"2026-07-19T18:38:04.6117357Z","id":"{{id}}",
              "data":{"claims":{"http://schemas.microsoft.com/identity/claims/objectidentifier":"{{caller}}","name":"Jose"},
              "correlationId":"c","resourceProvider":"Microsoft.ContainerService",
                "resourceUri":"{{resource ?? Resource}}","operationName":"{{action}}","status":"Succeeded"},
              "dataVersion":"2","metadataVersion":"1","topic":"/subscriptions/{{Id.SubscriptionId}}"}]
            """;

    private static async Task<HttpStatusCode> PostAsync(MeshPortHost host, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/runtime/webhooks/EventGrid?functionName={nameof(ClusterEvents)}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("aeg-event-type", "Notification");
        using var answer = await host.Client.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
