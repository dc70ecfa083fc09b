using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;

namespace MeshPort.Sandbox.Chains;

/// <summary>
/// Finds the longest chain of dependent work; a pure function. Work depends on earlier work that ended before it began, in three cases:
/// both are on the same resource or one of its children; it creates a cluster in a subscription whose feature was registered; it creates a
/// cluster in a resource group whose network was created.
/// </summary>
internal static class LongestChain
{
    public const string Feature = "features/register";

    /// <summary>Kubernetes timestamps are truncated to whole seconds.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    public static SandboxChain Of(IEnumerable<SandboxLink> links)
    {
        var best = new List<(SandboxLink Link, int? Before, TimeSpan Length)>();
        foreach (var link in links.OrderBy(link => link.Ends).ThenBy(link => link.Target, StringComparer.OrdinalIgnoreCase))
        {
            int? before = Enumerable
                .Range(0, best.Count)
                .Where(index => Awaits(link, best[index].Link))
                .Select(index => (int?)index)
                .MaxBy(index => best[index ?? 0].Length);
            best.Add((link, before, link.Takes + (before is { } last ? best[last].Length : TimeSpan.Zero)));
        }

        var chain = new Stack<SandboxLink>();
        int? end = best.Count == 0 ? null : best.Index().MaxBy(one => one.Item.Length).Index;
        for (; end is { } at; end = best[at].Before)
        {
            chain.Push(best[at].Link);
        }

        return new SandboxChain([.. chain]);
    }

    private static bool Awaits(SandboxLink link, SandboxLink other) =>
        other.Ends - Resolution < link.Started
        && (
            IsWithin(link.Target, other.Target)
            || (link.Kind == ClusterOperations.Create && other.Kind == Feature && IsWithin(link.Target, Subscription(other.Target)))
            || (
                IsOfGroup(link)
                && IsNetwork(other)
                && string.Equals(Group(link.Target), Group(other.Target), StringComparison.OrdinalIgnoreCase)
            )
        );

    private static bool IsOfGroup(SandboxLink link) => link.Kind == ClusterOperations.Create || IsNetwork(link);

    private static bool IsNetwork(SandboxLink link) =>
        link.Target.Contains($"/providers/{ResourceTypes.Network}/", StringComparison.OrdinalIgnoreCase);

    private static bool IsWithin(string target, string other) =>
        target.StartsWith(other, StringComparison.OrdinalIgnoreCase) && (target.Length == other.Length || target[other.Length] == '/');

    private static string Subscription(string target) => string.Join('/', target.Split('/').Take(3));

    private static string Group(string target) => string.Join('/', target.Split('/').Take(5));
}
