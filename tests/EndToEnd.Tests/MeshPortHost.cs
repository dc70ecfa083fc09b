using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using k8s;
using MeshPort.Convergence;
using MeshPort.Host.Hosting;
using MeshPort.Model;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests;

/// <summary>MeshPort and its own sandbox in this process. A test starts convergences, since resyncs are off by default.</summary>
internal sealed class MeshPortHost : IAsyncDisposable
{
    internal const double TimeScale = 300;
    private readonly TestDirectory _directory;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private bool _azureIsLost;

    private MeshPortHost(TestDirectory directory, AzureSandbox sandbox, LocalHost functions)
    {
        (_directory, Sandbox, Functions) = (directory, sandbox, functions);
        Client = new HttpClient(_handler) { BaseAddress = functions.Address };
    }

    public AzureSandbox Sandbox { get; }

    public LocalHost Functions { get; }

    public HttpClient Client { get; }

    public static string Cluster => Walkthrough.Environment.Path;

    public static ClusterId Id => Walkthrough.Environment.Cluster;

    /// <summary>The state store.</summary>
    public string StateFile => Path.Combine(_directory.Path, "meshport.db");

    public ClusterStore Clusters => Functions.Services.GetRequiredService<ClusterStore>();

    public static Task<MeshPortHost> StartAsync(CancellationToken cancellationToken, params (string Key, string Value)[] more) =>
        StartAsync(new SandboxOptions { TimeScale = TimeScale }, cancellationToken, more);

    /// <param name="more">Further settings.</param>
    public static async Task<MeshPortHost> StartAsync(
        SandboxOptions azure,
        CancellationToken cancellationToken,
        params (string Key, string Value)[] more
    )
    {
        var directory = new TestDirectory();
        return await StartInAsync(directory, await AzureSandbox.StartAsync(azure, cancellationToken), cancellationToken, more);
    }

    /// <summary>Starts from a copy of a world in which the sample's cluster, or another one of its name, is Ready.</summary>
    /// <param name="exposures">Exposures that are Ready too.</param>
    public static async Task<MeshPortHost> StartReadyAsync(
        CancellationToken cancellationToken,
        JsonObject? cluster = null,
        IReadOnlyList<(string Name, JsonObject Spec)>? exposures = null,
        double timeScale = TimeScale,
        params (string Key, string Value)[] more
    )
    {
        var world = await PreparedWorld.OfAsync(cluster ?? ClusterSpec(), exposures ?? [], more).WaitAsync(cancellationToken);
        var directory = new TestDirectory();
        var azure = await world.StartCopyAsync(directory.Path, timeScale, cancellationToken);
        return await StartInAsync(directory, azure, cancellationToken, more);
    }

    /// <summary>Starts MeshPort in a directory, which may contain its state. The host owns directory and sandbox.</summary>
    public static async Task<MeshPortHost> StartInAsync(
        TestDirectory directory,
        AzureSandbox sandbox,
        CancellationToken cancellationToken,
        params (string Key, string Value)[] more
    )
    {
        var settings = MeshPortSettings
            .For(sandbox)
            .With(MeshPortSettings.DataDirectory, directory.Path)
            .With($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "P1D");
        settings = more.Aggregate(settings, (known, setting) => known.With(setting.Key, setting.Value));
        return new MeshPortHost(
            directory,
            sandbox,
            await FunctionsHost.StartAsync(directory.Path, 0, sandbox.Clock, settings, ErrorLog.Verbose, cancellationToken)
        );
    }

    /// <summary>The spec of the sample's cluster, as a copy to change.</summary>
    public static JsonObject ClusterSpec() => Assert.IsType<JsonObject>(JsonNode.Parse(Walkthrough.Environment.ClusterSpec.GetRawText()));

    /// <summary>An exposure with its own echo server.</summary>
    public static JsonObject Echo(string name, int port) =>
        new()
        {
            ["port"] = port,
            ["backends"] = new JsonArray(new JsonObject { ["service"] = name, ["port"] = port }),
            ["workload"] = new JsonObject
            {
                ["image"] = "istio/tcp-echo-server:1.1",
                ["args"] = new JsonArray($"{port}", "hello"),
                ["containerPort"] = port,
            },
            ["probe"] = new JsonObject { ["send"] = "jose\n", ["expect"] = "hello jose" },
        };

    /// <summary>Puts the sample's cluster, or another one of its name.</summary>
    /// <returns>The operation.</returns>
    public Task<Uri> PutClusterAsync(CancellationToken cancellationToken, JsonObject? spec = null) =>
        PutAsync(Cluster, spec ?? ClusterSpec(), cancellationToken);

    public Task<Uri> PutExposureAsync(string name, JsonObject spec, CancellationToken cancellationToken) =>
        PutAsync($"{Cluster}/exposures/{name}", spec, cancellationToken);

    public async Task<Uri> PutAsync(string path, JsonObject spec, CancellationToken cancellationToken)
    {
        using var answer = await Client.PutAsJsonAsync(path, new { spec }, cancellationToken);
        return await AcceptedAsync(answer, cancellationToken);
    }

    public async Task<Uri> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await Client.DeleteAsync(path, cancellationToken);
        return await AcceptedAsync(answer, cancellationToken);
    }

    /// <summary>Runs one convergence.</summary>
    public async Task<Uri> ReconcileAsync(CancellationToken cancellationToken)
    {
        using var answer = await Client.PostAsync($"{Cluster}/reconcile", null, cancellationToken);
        return await AcceptedAsync(answer, cancellationToken);
    }

    /// <summary>Waits for the end of an operation, which must succeed.</summary>
    public async Task SucceedAsync(Uri operation, CancellationToken cancellationToken)
    {
        var end = await Client.EndAsync(operation, Walkthrough.Within, cancellationToken);
        Assert.True(end.GetProperty("status").GetString() == "Succeeded", end.GetRawText());
    }

    /// <summary>Waits for the end of an operation, which must fail.</summary>
    public async Task FailAsync(Uri operation, CancellationToken cancellationToken) =>
        Assert.Equal("Failed", (await Client.EndAsync(operation, Walkthrough.Within, cancellationToken)).GetProperty("status").GetString());

    public async Task<JsonElement> StatusAsync(string path, CancellationToken cancellationToken) =>
        (await Client.GetFromJsonAsync<JsonElement>(path, cancellationToken)).GetProperty("status");

    /// <returns>Status and reason, such as <c>("False", "PortTaken")</c>.</returns>
    public async Task<(string? Status, string? Reason)> ConditionAsync(string path, string type, CancellationToken cancellationToken)
    {
        var condition = (await StatusAsync(path, cancellationToken))
            .GetProperty("conditions")
            .EnumerateArray()
            .Single(one => one.GetProperty("type").GetString() == type);
        return (condition.GetProperty("status").GetString(), condition.GetProperty("reason").GetString());
    }

    /// <summary>The public address of the cluster's gateway.</summary>
    public async Task<string> AddressAsync(CancellationToken cancellationToken) =>
        (await StatusAsync(Cluster, cancellationToken)).GetProperty("addresses")[0].GetProperty("ip").GetString() ?? "";

    /// <summary>A client with the administrator's rights in the cluster.</summary>
    public IKubernetes Kubernetes() => Sandbox.Administrate();

    /// <summary>The client of a sender of queue messages.</summary>
    public QueueClient Queue(string name) =>
        new(Functions.QueueConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    /// <summary>Stops Azure.</summary>
    public async Task LoseAzureAsync()
    {
        if (!_azureIsLost)
        {
            _azureIsLost = true;
            await Sandbox.DisposeAsync();
        }
    }

    /// <summary>Stops MeshPort and Azure, and keeps their files.</summary>
    public async Task StopAsync()
    {
        Client.Dispose();
        _handler.Dispose();
        await Functions.DisposeAsync();
        await LoseAzureAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private static async Task<Uri> AcceptedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
        return answer.Headers.Location ?? throw new InvalidOperationException("The request changed nothing, so it has no operation.");
    }
}
