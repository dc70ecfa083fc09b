using Azure;
using Azure.Core;
using Azure.ResourceManager.Resources;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ResourceGroupTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ResourceGroupCollection Groups =>
        fixture
            .Clients.Arm.GetSubscriptionResource(new ResourceIdentifier($"/subscriptions/{SandboxClients.Subscription}"))
            .GetResourceGroups();

    [Fact]
    public async Task The_url_of_a_deletion_repeats_the_api_version_and_names_the_job()
    {
        await fixture.Clients.GroupAsync("job", Cancel);

        var (status, _, message) = await fixture.SendAsync(
            "DELETE",
            $"/subscriptions/{SandboxClients.Subscription}/resourcegroups/job?api-version=2024-11-01"
        );

        Assert.Equal(202, status);
        Assert.Contains("api-version=2024-11-01&", message.Headers.Location!.Query, StringComparison.Ordinal);
        Assert.StartsWith(
            """{"jobId":"RESOURCEGROUPDELETIONJOB-JOB-""",
            System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(message.Headers.Location.Segments[^1])),
            StringComparison.Ordinal
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(200, (await fixture.SendAsync("GET", message.Headers.Location.PathAndQuery)).Status);
    }

    [Fact]
    public async Task A_group_is_created_once_and_cannot_change_its_location()
    {
        Assert.False(await Groups.ExistsAsync("once", Cancel));
        var made = await Groups.CreateOrUpdateAsync(WaitUntil.Completed, "once", new ResourceGroupData(AzureLocation.EastUS2), Cancel);
        var again = await Groups.CreateOrUpdateAsync(
            WaitUntil.Completed,
            "ONCE",
            new ResourceGroupData(AzureLocation.EastUS2) { Tags = { ["a"] = "1" } },
            Cancel
        );
        var moved = await Assert.ThrowsAsync<RequestFailedException>(() =>
            Groups.CreateOrUpdateAsync(WaitUntil.Completed, "once", new ResourceGroupData(AzureLocation.WestEurope), Cancel)
        );

        Assert.Equal((201, 200), (made.GetRawResponse().Status, again.GetRawResponse().Status));
        Assert.Equal("once", again.Value.Data.Name);
        Assert.Equal((409, "InvalidResourceGroupLocation"), (moved.Status, moved.ErrorCode));
        Assert.True(await Groups.ExistsAsync("Once", Cancel));
    }

    [Fact]
    public async Task Deleting_a_group_deletes_its_clusters_and_networks()
    {
        var group = await fixture.Clients.GroupAsync("gone", Cancel);
        await fixture.SendAsync("PUT", ArmFixture.NetworkPath("gone", "networkSecurityGroups", "g"), """{"location":"eastus2"}""");
        await fixture.SendAsync("PUT", ArmFixture.ClusterPath("gone", "c1"), ArmFixture.Cluster());
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var deletion = await group.DeleteAsync(WaitUntil.Started, cancellationToken: Cancel);
        await SandboxClients.CompleteAsync(deletion, Cancel);
        await fixture.Clients.GroupAsync("gone", Cancel);

        Assert.Equal(200, deletion.GetRawResponse().Status);
        Assert.Equal(404, (await fixture.SendAsync("GET", ArmFixture.ClusterPath("gone", "c1"))).Status);
        Assert.Equal(404, (await fixture.SendAsync("GET", ArmFixture.NetworkPath("gone", "networkSecurityGroups", "g"))).Status);
        Assert.False(await Groups.ExistsAsync("MC_gone_c1_eastus2", Cancel));
    }

    [Fact]
    public async Task A_group_in_deletion_refuses_new_resources()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 1 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        var group = await clients.GroupAsync("rg", Cancel);
        await group.DeleteAsync(WaitUntil.Started, cancellationToken: Cancel);

        var answer = await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());

        Assert.Equal((409, "ResourceGroupBeingDeleted"), (answer.Status, ArmFixture.Code(answer.Body)));
    }
}
