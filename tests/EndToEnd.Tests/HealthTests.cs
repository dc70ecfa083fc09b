using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Core;
using MeshPort.Api;
using MeshPort.Arm;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Kubernetes;
using MeshPort.State;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.EndToEnd.Tests;

/// <summary>A host is ready with storage, task hub and a token for Azure. Otherwise the answer names the missing part.</summary>
public sealed class HealthTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_can_serve_is_ready_and_one_without_a_token_for_azure_is_not()
    {
        await using var ready = await MeshPortHost.StartAsync(Token);
        Assert.Equal(HttpStatusCode.OK, (await ready.Client.GetAsync("/health/ready", Token)).StatusCode);

        await using var lost = await MeshPortHost.StartAsync(Token);
        await lost.LoseAzureAsync();
        using var answer = await lost.Client.GetAsync("/health/ready", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(
            "MeshPort cannot get a token for Azure Resource Manager; check the log and the identity that MeshPort runs as.",
            (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString()
        );
    }

    [Fact]
    public async Task A_host_whose_clusters_are_all_reached_by_kubeconfigs_is_ready_without_a_token_for_azure()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ($"{ClusterConnections.Kubeconfigs}:theirs", "/nowhere/theirs.yaml"));
        await host.PutClusterAsync(Token, FailureRoom.ByKubeconfig("theirs"));
        await host.LoseAzureAsync();

        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/health/ready", Token)).StatusCode);

        await host.PutClusterAsync(Token); // the same cluster, in Azure

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Client.GetAsync("/health/ready", Token)).StatusCode);
    }

    [Fact]
    public async Task A_missing_storage_is_reported_without_its_secrets()
    {
        await using var host = await MeshPortHost.StartAsync(Token);
        var services = host.Functions.Services;
        var health = new Health(
            services.GetRequiredService<ApiEndpoint>(),
            new ClusterStore(new GoneStore(), TimeProvider.System),
            services.GetRequiredService<TokenCredential>(),
            services.GetRequiredService<AzureOptions>(),
            NullLogger<Health>.Instance
        );

        var answer = await health.ReadyAsync(new DefaultHttpContext().Request, services.GetRequiredService<DurableTaskClient>(), Token);

        var problem = Assert.IsType<ProblemHttpResult>(answer).ProblemDetails;
        Assert.Equal(503, problem.Status);
        Assert.EndsWith("not-ready", problem.Type, StringComparison.Ordinal);
        Assert.Contains("The state store cannot be read", problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem.Detail, StringComparison.Ordinal);
    }

    private sealed class GoneStore : IStateStore
    {
        public int MostChanges => 1;

        public int MostCharacters => 1;

        public Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken) =>
            throw new IOException("secret place");

        public Task<IReadOnlyList<StateRow>> ListAsync(
            string partition,
            string prefix,
            string? after,
            int limit,
            CancellationToken cancellationToken
        ) => throw new IOException("secret place");

        public Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken) =>
            throw new IOException("secret place");
    }
}
