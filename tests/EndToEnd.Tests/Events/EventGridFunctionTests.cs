using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Azure.Messaging.EventGrid;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Events;

public sealed class EventGridFunctionTests
{
    private const string Group = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg";
    private const string Cluster = Group + "/providers/Microsoft.ContainerService/managedClusters/c1";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_with_an_Event_Grid_trigger_receives_the_write_of_a_cluster()
    {
        using var directory = new TestDirectory();
        var received = Channel.CreateUnbounded<EventGridEvent>();
        await using var host = await LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = new ClusterEventFunction.Alone(),
                DataDirectory = directory.Path,
                Configure = builder =>
                {
                    builder.Logging.ClearProviders();
                    builder.Services.AddSingleton(received);
                },
            },
            Cancelled
        );
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { TimeScale = 6000, Throttling = false }, Cancelled);
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        }; // this test does not check certificates
        using var http = new HttpClient(handler) { BaseAddress = sandbox.ResourceManagerEndpoint };
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {await TokenAsync(sandbox, http)}");

        await PutAsync(http, $"{Group}?api-version=2022-09-01", """{"location":"eastus2"}""");
        await PutAsync(
            http,
            $"{Group}/providers/Microsoft.EventGrid/eventSubscriptions/functions?api-version=2025-02-15",
            $$$"""
            {"properties":{"destination":{"endpointType":"WebHook",
            "properties":{"endpointUrl":"{{{host.Address}}}runtime/webhooks/EventGrid?functionName=OnClusterEvent"}},
                           "filter":{"includedEventTypes":["Microsoft.Resources.ResourceWriteSuccess"],"subjectEndsWith":"/c1" } } }
            """
        );
        await PutAsync(
            http,
            $"{Cluster}?api-version=2026-03-01",
            """
            {"location":"eastus2","properties":{"agentPoolProfiles":[{"name":"nodepool1","mode":"System","count":2,
            "vmSize":"Standard_D2s_v5"}],
             "networkProfile":{"networkPlugin":"azure","networkPluginMode":"overlay"}}}
            """
        );

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Wait.Usual);
        var raised = await received.Reader.ReadAsync(deadline.Token);
        Assert.Equal(("Microsoft.Resources.ResourceWriteSuccess", Cluster), (raised.EventType, raised.Subject));
    }

    private static async Task<string> TokenAsync(AzureSandbox sandbox, HttpClient http)
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = sandbox.ClientId,
                ["client_secret"] = sandbox.ClientSecret,
                ["scope"] = "https://management.azure.com/.default",
            }
        );
        using var answer = await http.PostAsync($"/{sandbox.TenantId}/oauth2/v2.0/token", form, Cancelled);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Cancelled))?["access_token"]?.GetValue<string>() ?? "";
    }

    /// <summary>Puts, and waits for the success of an operation that it starts.</summary>
    private static async Task PutAsync(HttpClient http, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PutAsync(path, content, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        if (!answer.Headers.TryGetValues("Azure-AsyncOperation", out var polls))
        {
            return;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Wait.Usual);
        var status = "InProgress";
        while (status == "InProgress")
        {
            status = (await http.GetFromJsonAsync<JsonObject>(polls.Single(), deadline.Token))?["status"]?.GetValue<string>();
        }

        Assert.Equal("Succeeded", status);
    }
}
