using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>
/// A separate world for one failure: the sample's cluster and one exposure. MeshPort observes them every five simulated minutes, a second
/// of real time, so a test does not need to start a convergence when the cause of a failure is gone.
/// </summary>
internal sealed class FailureRoom : IAsyncDisposable
{
    private const string Exposure = "echo";
    private const int Port = 9000;
    internal static readonly string ExposurePath = $"{MeshPortHost.Cluster}/exposures/{Exposure}";

    private static readonly (string Key, string Value)[] EveryFiveMinutes =
    [
        ($"{Resync.Setting}:{nameof(Resync.ManagedService)}", "PT5M"),
        ($"{Resync.Setting}:{nameof(Resync.Other)}", "PT5M"),
    ];

    private FailureRoom(MeshPortHost host) => (Host, Azure) = (host, new OtherAzureUser(host.Sandbox, Token));

    public MeshPortHost Host { get; }

    public OtherAzureUser Azure { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<FailureRoom> StartAsync(params (string Key, string Value)[] settings) =>
        new(await MeshPortHost.StartAsync(Token, [.. EveryFiveMinutes, .. settings]));

    /// <summary>Starts from a prepared world in which cluster and exposure are Ready.</summary>
    public static async Task<FailureRoom> ReadyAsync(
        JsonObject? cluster = null,
        JsonObject? exposure = null,
        double timeScale = MeshPortHost.TimeScale,
        params (string Key, string Value)[] settings
    )
    {
        var room = new FailureRoom(
            await MeshPortHost.StartReadyAsync(
                Token,
                cluster,
                [(Exposure, exposure ?? Echo())],
                timeScale,
                [.. EveryFiveMinutes, .. settings]
            )
        );
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
        return room;
    }

    /// <summary>An exposure of a Service of others, with a short probe.</summary>
    public static JsonObject Of(string service, int port = Port, string space = "default") =>
        new()
        {
            ["port"] = port,
            ["backends"] = new JsonArray(
                new JsonObject
                {
                    ["service"] = service,
                    ["namespace"] = space,
                    ["port"] = port,
                }
            ),
            ["probe"] = new JsonObject { ["timeout"] = "PT2S" },
        };

    public static JsonObject Echo() => MeshPortHost.Echo(Exposure, Port);

    /// <summary>The sample's cluster with a changed spec.</summary>
    public static JsonObject ClusterWith(string field, JsonNode value)
    {
        var spec = MeshPortHost.ClusterSpec();
        spec[field] = value;
        return spec;
    }

    /// <summary>The same cluster in a subnet with a security group.</summary>
    public static JsonObject Guarded() =>
        ClusterWith(
            "network",
            new JsonObject
            {
                ["vnet"] = "own",
                ["addressPrefix"] = "10.13.0.0/16",
                ["subnet"] = "nodes",
                ["subnetPrefix"] = "10.13.76.0/24",
                ["networkSecurityGroup"] = "guard",
            }
        );

    /// <summary>The same cluster with a kubeconfig of the host.</summary>
    public static JsonObject ByKubeconfig(string name)
    {
        var spec = ClusterWith("connection", $"kubeconfig:{name}");
        spec.Remove("network");
        spec.Remove("features");
        return spec;
    }

    public Task AskClusterAsync(JsonObject? spec = null) => Host.PutClusterAsync(Token, spec);

    public Task AskExposureAsync(JsonObject? spec = null) => Host.PutExposureAsync(Exposure, spec ?? Echo(), Token);

    /// <summary>Puts several exposures at once.</summary>
    public async Task AskExposuresAsync(IEnumerable<(string Name, JsonObject Spec)> exposures)
    {
        using var answer = await Host.Client.PostAsJsonAsync(
            $"{MeshPortHost.Cluster}/exposures",
            new { put = exposures.Select(one => new { name = one.Name, spec = one.Spec }) },
            Token
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Injects a fault that lasts until it is cleared.</summary>
    public void Break(FaultLayer layer, FaultKind kind, string operation = "* *", string? code = null, int? retryAfter = null) =>
        Host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = layer,
                Kind = kind,
                Operation = operation,
                Code = code,
                RetryAfter = retryAfter,
            }
        );

    public void Mend() => Host.Sandbox.World.Faults.Clear();

    /// <summary>Waits for a condition, and checks that its message has advice. <c>Ready</c> is the exposure's.</summary>
    /// <param name="advice">Part of the message.</param>
    public async Task SeesAsync(string type, ConditionStatus status, string reason, string advice)
    {
        var path = PathOf(type);
        JsonElement seen = default;
        try
        {
            await Wait.UntilAsync(
                $"{type} is {status} {reason}",
                Walkthrough.Within,
                async () =>
                    (seen = await FindAsync(path, type)) is { ValueKind: JsonValueKind.Object }
                    && Text(seen, "status") == $"{status}"
                    && Text(seen, "reason") == reason,
                Token
            );
        }
        catch (Exception) when (!Token.IsCancellationRequested)
        {
            Assert.Fail($"{type} should be {status} {reason}, but is {seen}");
        }

        Assert.NotEqual("", Text(seen, "message"));
        Assert.Contains(advice, Text(seen, "message"), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The message of a condition.</summary>
    public async Task<string> MessageAsync(string type) => Text(await FindAsync(PathOf(type), type), "message");

    /// <summary>Waits until the condition is True, and until the port is proven if the exposure has one.</summary>
    public async Task HealsAsync(string type, string reason = Reasons.AsDesired)
    {
        await SeesAsync(type, ConditionStatus.True, reason, "");
        if (await FindAsync(ExposurePath, ConditionTypes.Ready) is { ValueKind: JsonValueKind.Object })
        {
            await SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");
        }
    }

    /// <summary>Waits until a resource no longer exists.</summary>
    public Task ForgetsAsync(string path) =>
        Wait.UntilAsync(
            $"{path} is gone",
            Walkthrough.Within,
            async () =>
            {
                using var answer = await Host.Client.GetAsync(path, Token);
                return answer.StatusCode == HttpStatusCode.NotFound;
            },
            Token
        );

    /// <summary>The entries of a type in the history of the exposure or the cluster.</summary>
    public async Task<IReadOnlyList<string>> HistoryAsync(string type, bool ofCluster = false) =>
        [
            .. (await Host.StatusAsync(ofCluster ? MeshPortHost.Cluster : ExposurePath, Token))
                .GetProperty("history")
                .EnumerateArray()
                .Where(entry => Text(entry, "type") == type)
                .Select(entry => Text(entry, "message")),
        ];

    public async ValueTask DisposeAsync()
    {
        Azure.Dispose();
        await Host.DisposeAsync();
    }

    private static string PathOf(string type) =>
        type != ConditionTypes.Ready && ConditionTypes.OfCluster.Contains(type) ? MeshPortHost.Cluster : ExposurePath;

    private async Task<JsonElement> FindAsync(string path, string type)
    {
        using var answer = await Host.Client.GetAsync(path, Token);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonElement>(Token))
                .GetProperty("status")
                .GetProperty("conditions")
                .EnumerateArray()
                .Single(one => Text(one, "type") == type)
            : default;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
