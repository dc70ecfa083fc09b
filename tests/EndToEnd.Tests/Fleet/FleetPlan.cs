using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Fleet;

/// <summary>The size of a fleet, and the distribution of its requests.</summary>
/// <param name="ExposuresEach">The exposures of each cluster. The first one has the workload, which all use as backend.</param>
internal sealed record FleetPlan(int Clusters, int ExposuresEach)
{
    private const int FirstPort = 20_000;
    private const int FirstSubscription = 0xf1;
    private const string Group = "fleet";
    private const string Backend = "echo";

    /// <summary>The clusters are spread over them.</summary>
    public int Subscriptions { get; init; } = 1;

    public int ExposuresInMessage { get; init; } = 10;

    /// <summary>Simulated seconds per real second.</summary>
    public double TimeScale { get; init; } = 60;

    /// <summary>Whether the time of MeshPort slows down while it waits for a processor. Otherwise it is late then.</summary>
    public bool IsPaced { get; init; } = true;

    /// <summary>The resync interval, in simulated time.</summary>
    public string Resync { get; init; } = "PT30M";

    /// <summary>The number of kills of the process, at equal distances of the work.</summary>
    public int Kills { get; init; } = 2;

    /// <summary>Whether a fifth of all requests fail.</summary>
    public bool HasFaults { get; init; } = true;

    /// <summary>Further variables of the process, such as limits of its memory.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public int Seed { get; init; } = 1;

    public int Exposures => Clusters * ExposuresEach;

    public IEnumerable<ClusterId> Ids =>
        Enumerable.Range(0, Clusters).Select(number => new ClusterId(Subscription(number % Subscriptions), Group, $"fleet-{number:000}"));

    public IEnumerable<string> Names => Enumerable.Range(0, ExposuresEach).Select(Name);

    public IEnumerable<int> Ports => Enumerable.Range(FirstPort, ExposuresEach);

    public static JsonObject ClusterSpec =>
        new()
        {
            ["location"] = "eastus2",
            ["nodePool"] = new JsonObject { ["count"] = 1 },
        };

    /// <summary>One message for each exposure. The messages of one cluster are far apart.</summary>
    public IEnumerable<string> Messages() =>
        from numbers in Enumerable.Range(0, ExposuresEach).Chunk(ExposuresInMessage)
        from cluster in Ids
        select new JsonObject
        {
            ["cluster"] = new JsonObject
            {
                ["subscriptionId"] = cluster.SubscriptionId,
                ["resourceGroup"] = cluster.ResourceGroup,
                ["name"] = cluster.Name,
            },
            ["put"] = new JsonArray([.. numbers.Select(Exposure)]),
        }.ToJsonString();

    private static string Subscription(int number) => $"00000000-0000-0000-0000-{FirstSubscription + number:x12}";

    private static string Name(int number) => $"e{number:000}";

    private static JsonObject Exposure(int number)
    {
        var spec = new JsonObject
        {
            ["port"] = FirstPort + number,
            ["backends"] = new JsonArray(new JsonObject { ["service"] = Backend, ["port"] = 9000 }),
            ["probe"] = new JsonObject { ["send"] = "jose\n", ["expect"] = "hello jose" },
        };
        if (number == 0)
        {
            spec["workload"] = new JsonObject
            {
                ["image"] = "istio/tcp-echo-server:1.1",
                ["args"] = new JsonArray("9000", "hello"),
                ["containerPort"] = 9000,
            };
        }

        return new JsonObject { ["name"] = Name(number), ["spec"] = spec };
    }
}
