using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Controllers;

/// <summary>PodDisruptionBudgets and the eviction of pods.</summary>
public sealed class EvictionTests
{
    private const string Container = """{"name":"c","image":"nginx"}""";
    private const string Eviction = """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"one"} }""";

    [Fact]
    public async Task A_budget_without_disruptions_refuses_the_eviction()
    {
        await using var cluster = await TestCluster.StartAsync();
        await BudgetAsync(cluster, least: 1, pods: 1);

        var (code, body) = await cluster.SendAsync(HttpMethod.Post, $"{Core}/pods/one/eviction", Eviction);

        Assert.Equal(429, code);
        Assert.Equal(
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"Cannot evict pod as it would "
                + "violate the pod's disruption budget.\",\"reason\":\"TooManyRequests\",\"details\":{\"causes\":[{\"reason\":"
                + "\"DisruptionBudget\",\"message\":\"The disruption budget budget needs 1 healthy pods and has 1 currently\"}]},"
                + "\"code\":429}",
            body
        );
    }

    [Fact]
    public async Task A_budget_allows_one_disruption_and_not_two()
    {
        await using var cluster = await TestCluster.StartAsync();
        await BudgetAsync(cluster, least: 1, pods: 2);

        await cluster.ExpectAsync(201, HttpMethod.Post, $"{Core}/pods/one/eviction?dryRun=All", Eviction);
        await cluster.ExpectAsync(201, HttpMethod.Post, $"{Core}/pods/one/eviction", Eviction);

        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, $"{Core}/pods/one")).Code);
        await cluster.ExpectAsync(
            429,
            HttpMethod.Post,
            $"{Core}/pods/two/eviction",
            Eviction.Replace("one", "two", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_pod_with_two_budgets_cannot_be_evicted()
    {
        await using var cluster = await TestCluster.StartAsync();
        await BudgetAsync(cluster, least: 0, pods: 1);
        await cluster.CreateAsync($"{Policy}/poddisruptionbudgets", Budget("second", 0));

        await cluster.RefusedAsync(
            500,
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            HttpMethod.Post,
            $"{Core}/pods/one/eviction",
            Eviction
        );
    }

    [Fact]
    public async Task A_budget_reports_what_it_allows()
    {
        await using var cluster = await TestCluster.StartAsync();
        await BudgetAsync(cluster, least: 1, pods: 2);

        var budget = await cluster.ReadAsync($"{Policy}/poddisruptionbudgets/budget");

        Assert.True(budget.Has("DisruptionAllowed"));
        Assert.Equal("SufficientPods", budget.Items("status", "conditions").First().Text("reason"));
    }

    private static async Task BudgetAsync(TestCluster cluster, int least, int pods)
    {
        foreach (var name in new[] { "one", "two" }.Take(pods))
        {
            await cluster.CreateAsync($"{Core}/pods", Pod(name, Container, """{"app":"a"}"""));
        }

        await cluster.CreateAsync($"{Policy}/poddisruptionbudgets", Budget("budget", least));
        await cluster.UntilAsync(
            $"{Policy}/poddisruptionbudgets/budget",
            found =>
                found.Number("status", "currentHealthy") == pods
                && found.Number("status", "observedGeneration") == found.Number("metadata", "generation")
        );
    }

    private static string Budget(string name, int least) =>
        $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"minAvailable":{{{least}}},
            "selector":{"matchExpressions":[{"key":"app","operator":"In","values":["a"]}]} } }
            """;
}
