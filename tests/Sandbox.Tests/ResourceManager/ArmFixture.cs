using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>One sandbox for a class of tests; each test has its own resource group or subscription.</summary>
public class ArmFixture : IAsyncLifetime
{
    private AzureSandbox? _sandbox;
    private SandboxClients? _clients;

    internal AzureSandbox Sandbox => _sandbox ?? throw new InvalidOperationException("Not started.");

    internal SandboxClients Clients => _clients ?? throw new InvalidOperationException("Not started.");

    /// <summary>Whether a class that asks faster than Azure allows is refused.</summary>
    protected virtual bool Throttles => true;

    public async ValueTask InitializeAsync()
    {
        _sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = 6000,
                Throttling = Throttles,
            },
            TestContext.Current.CancellationToken
        );
        _clients = new SandboxClients(_sandbox);
    }

    public async ValueTask DisposeAsync()
    {
        _clients?.Dispose();
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }
    }

    /// <summary>Sends a raw request with a token and reads the answer.</summary>
    internal static async Task<(int Status, JsonObject Body, HttpResponseMessage Message)> SendAsync(
        SandboxClients clients,
        string method,
        string path,
        string? body = null,
        params (string Name, string Value)[] headers
    )
    {
        var token = TestContext.Current.CancellationToken;
        var message = await clients.SendAsync(new HttpMethod(method), path, body, token, headers);
        var text = await message.Content.ReadAsStringAsync(token);
        return ((int)message.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject(), message);
    }

    internal Task<(int Status, JsonObject Body, HttpResponseMessage Message)> SendAsync(
        string method,
        string path,
        string? body = null,
        params (string Name, string Value)[] headers
    ) => SendAsync(Clients, method, path, body, headers);

    /// <summary>The code of an error, enveloped or flat.</summary>
    internal static string? Code(JsonObject body) => (body["error"]?["code"] ?? body["code"])?.GetValue<string>();

    /// <summary>Waits until no operation runs.</summary>
    internal static async Task QuietAsync(AzureSandbox sandbox)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Wait.Usual);
        while (sandbox.Operations.Any(operation => operation.Status == "InProgress"))
        {
            await Task.Delay(TimeSpan.FromMinutes(1), sandbox.Clock, deadline.Token);
        }
    }

    internal static string ClusterPath(string group, string name, string suffix = "") =>
        $"{SandboxClients.ClusterId(group, name)}{suffix}?api-version={SandboxClients.ClusterApiVersion}";

    internal static string NetworkPath(string group, string type, string name) =>
        $"{SandboxClients.NetworkId(group, type, name)}?api-version={SandboxClients.NetworkApiVersion}";

    /// <summary>A cluster's body, changed by <paramref name="change"/>.</summary>
    internal static string Cluster(Action<JsonObject>? change = null)
    {
        var body = JsonNode
            .Parse(
                """
                {
                  "location": "eastus2",
                  "properties": {
                    "agentPoolProfiles": [{ "name": "nodepool1", "mode": "System", "count": 2, "vmSize": "Standard_D2s_v5" }],
                    "networkProfile": { "networkPlugin": "azure", "networkPluginMode": "overlay" }
                  }
                }
                """
            )!
            .AsObject();
        change?.Invoke(body);
        return body.ToJsonString();
    }
}

/// <summary>For classes that ask more often than Azure allows.</summary>
public sealed class GenerousArmFixture : ArmFixture
{
    protected override bool Throttles => false;
}
