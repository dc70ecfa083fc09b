using System.Globalization;

namespace MeshPort.Benchmarks.Scale;

/// <summary>The tables of docs/scale.md: a fleet of 10,000 clusters at Azure's token buckets, simulated in seconds.</summary>
internal static class ScaleFigures
{
    private const int Clusters = 10_000;
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Long = TimeSpan.FromHours(6);
    private static readonly int[] Subscriptions = [2, 5, 10, 20, 50];

    /// <summary>The ways to look, with a kubeconfig that lasts for hours.</summary>
    private static readonly (string Name, ScalePlan Plan)[] Ways =
    [
        ("60 s", new ScalePlan(Clusters, 1)),
        ("60 s, Azure each 15 min", new ScalePlan(Clusters, 1) { AzureResync = Quarter }),
        ("15 min", new ScalePlan(Clusters, 1) { Resync = Quarter }),
        (
            "15 min, doubled to 4 h",
            new ScalePlan(Clusters, 1)
            {
                Resync = Quarter,
                Longest = TimeSpan.FromHours(4),
                WarmUp = TimeSpan.FromHours(12),
                Measured = TimeSpan.FromHours(24),
            }
        ),
    ];

    public static void Print()
    {
        Console.WriteLine($"{Clusters:N0} clusters, four reads of Azure each, a kubeconfig for 6 hours");
        PrintTable(Ways.Select(way => (way.Name, way.Plan with { Kubeconfig = Long })));
        Console.WriteLine($"{Clusters:N0} clusters, a kubeconfig for 10 minutes");
        PrintTable(Ways.Take(3));
        Console.WriteLine("After a restart: the clusters of one subscription, at 60 s and two reads each");
        Console.WriteLine("| clusters | until all are observed | p99 of the age meanwhile | 429 |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var clusters in (ReadOnlySpan<int>)[50, 100, 300, 600, 1_000])
        {
            var plan = new ScalePlan(clusters, 1)
            {
                IsRestart = true,
                Reads = 2,
                Kubeconfig = Long,
            };
            var result = ScaleSimulation.Run(plan);
            var seen = result.AllSeen is { } time ? Time(time.TotalSeconds) : "-";
            Console.WriteLine($"| {clusters:N0} | {seen} | {Time(result.Cluster.Percentile(0.99))} | {Share(result.Refused)} |");
        }
    }

    private static void PrintTable(IEnumerable<(string Name, ScalePlan Plan)> ways)
    {
        Console.WriteLine(
            "| resync | subscriptions | requests/s in each | age of the cluster: median, p99 | age of Azure: median, p99 | 429 | Unknown |"
        );
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var (name, plan) in ways)
        {
            foreach (var subscriptions in Subscriptions)
            {
                Console.WriteLine(Row(name, subscriptions, ScaleSimulation.Run(plan with { Subscriptions = subscriptions })));
            }
        }
    }

    private static string Row(string name, int subscriptions, ScaleResult result) =>
        $"| {name} | {subscriptions} | {result.Requests.ToString("0.0", CultureInfo.InvariantCulture)} | {Ages(result.Cluster)} "
        + $"| {Ages(result.Azure)} | {Share(result.Refused)} | {Share(result.Unknown)} |";

    private static string Ages(AgeDistribution ages) => $"{Time(ages.Percentile(0.5))}, {Time(ages.Percentile(0.99))}";

    private static string Share(double share) => share.ToString(share is > 0 and < 0.1 ? "0.0 %" : "0 %", CultureInfo.InvariantCulture);

    private static string Time(double seconds) =>
        seconds < 120 ? $"{seconds:0} s"
        : seconds < 7200 ? $"{seconds / 60:0} min"
        : $"{seconds / 3600:0.0} h";
}
