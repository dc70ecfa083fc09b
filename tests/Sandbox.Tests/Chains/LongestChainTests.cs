using MeshPort.Sandbox.Chains;
using Xunit;

namespace MeshPort.Sandbox.Tests.Chains;

/// <summary>Times are seconds after noon.</summary>
public sealed class LongestChainTests
{
    private const string Subscription = "/subscriptions/s";
    private const string Group = $"{Subscription}/resourceGroups/g";
    private const string Cluster = $"{Group}/providers/Microsoft.ContainerService/managedClusters/c";
    private const string Network = $"{Group}/providers/Microsoft.Network/virtualNetworks/v";

    [Fact]
    public void Of_parallel_work_the_slower_counts() =>
        Expect(
            [
                Link("features/register", Feature("one"), 0, 180),
                Link("features/register", Feature("two"), 1, 120),
                Link("virtualNetworks/write", Network, 0, 10),
                Link("managedClusters/create", Cluster, 190, 400),
            ],
            580,
            "features/register",
            "managedClusters/create"
        );

    [Fact]
    public void Serial_work_without_a_dependency_is_not_added_up() =>
        Expect(
            [
                Link("features/register", Feature("one"), 0, 180),
                Link("features/register", Feature("two"), 190, 180),
                Link("managedClusters/create", Cluster, 400, 300),
            ],
            480,
            "features/register",
            "managedClusters/create"
        );

    [Fact]
    public void A_cluster_depends_on_its_network_and_its_objects_depend_on_the_cluster() =>
        Expect(
            [
                Link("virtualNetworks/write", Network, 0, 10),
                Link("managedClusters/create", Cluster, 20, 300),
                Link("services/address", $"{Cluster}/aks-istio-ingress/gateway", 320, 60),
                Link("pods/start", $"{Cluster}/default/pod", 350, 15),
            ],
            370,
            "virtualNetworks/write",
            "managedClusters/create",
            "services/address"
        );

    [Fact]
    public void Changes_of_one_cluster_depend_on_each_other() =>
        Expect(
            [
                Link("managedClusters/create", Cluster, 0, 300),
                Link("managedClusters/update", Cluster, 310, 120),
                Link("managedClusters/update", Cluster, 440, 180),
            ],
            600,
            "managedClusters/create",
            "managedClusters/update",
            "managedClusters/update"
        );

    [Fact]
    public void Work_does_not_depend_on_work_that_ended_after_its_start() =>
        Expect(
            [Link("features/register", Feature("one"), 0, 180), Link("managedClusters/create", Cluster, 100, 300)],
            300,
            "managedClusters/create"
        );

    [Fact]
    public void Other_subscriptions_groups_and_clusters_with_a_longer_name_are_independent() =>
        Expect(
            [
                Link("features/register", "/subscriptions/other/providers/Microsoft.Features/x", 0, 180),
                Link("virtualNetworks/write", "/subscriptions/s/resourceGroups/g2/providers/Microsoft.Network/virtualNetworks/v", 0, 10),
                Link("managedClusters/create", Cluster, 200, 300),
                Link("services/address", $"{Cluster}2/default/service", 510, 60),
            ],
            300,
            "managedClusters/create"
        );

    [Fact]
    public void Where_nothing_was_done_the_chain_is_empty() => Expect([], 0);

    private static void Expect(SandboxLink[] links, double seconds, params string[] kinds)
    {
        foreach (var found in new[] { LongestChain.Of(links), LongestChain.Of(Enumerable.Reverse(links)) })
        {
            Assert.Equal(kinds, found.Links.Select(link => link.Kind));
            Assert.Equal(seconds, found.Length.TotalSeconds);
        }
    }

    private static string Feature(string name) =>
        $"{Subscription}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/{name}";

    private static SandboxLink Link(string kind, string target, double started, double takes) =>
        new(kind, target, new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(started), TimeSpan.FromSeconds(takes));
}
