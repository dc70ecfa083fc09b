using Azure;
using Azure.Core;
using Azure.ResourceManager.Resources;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class FeatureTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_feature_registers_over_minutes_and_unregisters_again()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 600 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        var feature = Feature(clients, "AzureServiceMeshPreview");
        Assert.Equal("NotRegistered", await StateAsync(feature));

        Assert.Equal("Registering", (await feature.RegisterAsync(Cancel)).Value.Data.FeatureState);
        await ReachAsync(sandbox, feature, "Registered");
        Assert.Equal("Unregistering", (await feature.UnregisterAsync(Cancel)).Value.Data.FeatureState);
        await ReachAsync(sandbox, feature, "Unregistered");
        Assert.Contains(
            sandbox.Operations,
            operation => operation.Kind == "features/register" && operation.Ended - operation.Started >= TimeSpan.FromMinutes(3)
        );
    }

    [Fact]
    public async Task A_feature_that_needs_approval_stays_pending()
    {
        var feature = Feature(fixture.Clients, "ApprovalGatedPreview");

        Assert.Equal("Pending", (await feature.RegisterAsync(Cancel)).Value.Data.FeatureState);
        await Task.Delay(TimeSpan.FromHours(1), fixture.Sandbox.Clock, Cancel);
        Assert.Equal("Pending", await StateAsync(feature));
    }

    [Fact]
    public async Task A_pending_feature_registers_after_its_approval()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 600 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        var feature = Feature(clients, "ApprovalGatedPreview");
        Assert.False(sandbox.ApproveFeature(SandboxClients.Subscription, "Microsoft.ContainerService/ApprovalGatedPreview"));
        await feature.RegisterAsync(Cancel);

        Assert.True(sandbox.ApproveFeature(SandboxClients.Subscription, "microsoft.containerservice/approvalgatedpreview"));
        Assert.Equal("Registering", await StateAsync(feature));
        await ReachAsync(sandbox, feature, "Registered");
    }

    [Fact]
    public async Task A_registration_can_be_written_as_a_resource()
    {
        var subscription = $"/subscriptions/{Guid.NewGuid()}/providers/Microsoft.Features";
        var path =
            $"{subscription}/featureProviders/Microsoft.ContainerService/subscriptionFeatureRegistrations/ManagedGatewayAPIPreview?"
            + "api-version=2021-07-01";

        var put = await fixture.SendAsync("PUT", path, """{"properties":{}}""");
        var list = await fixture.SendAsync("GET", $"{subscription}/subscriptionFeatureRegistrations?api-version=2021-07-01");
        var plain = await fixture.SendAsync(
            "GET",
            $"{subscription}/providers/Microsoft.ContainerService/features/ManagedGatewayAPIPreview?api-version=2021-07-01"
        );
        var gone = await fixture.SendAsync(
            "PUT",
            path.Replace("ManagedGatewayAPIPreview", "RetiredPreview", StringComparison.Ordinal),
            """{"properties":{}}"""
        );

        Assert.Equal((200, "Registering"), (put.Status, put.Body["properties"]?["state"]?.GetValue<string>()));
        Assert.Equal("ManagedGatewayAPIPreview", Assert.Single(list.Body["value"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.Contains(plain.Body["properties"]?["state"]?.GetValue<string>(), new[] { "Registering", "Registered" });
        Assert.Equal((404, "FeatureNotFound"), (gone.Status, ArmFixture.Code(gone.Body)));
        Assert.Equal(200, (await fixture.SendAsync("DELETE", path)).Status);
    }

    [Fact]
    public async Task An_unknown_feature_is_not_found()
    {
        var refusal = await Assert.ThrowsAsync<RequestFailedException>(async () =>
            await Feature(fixture.Clients, "GonePreview").RegisterAsync(Cancel)
        );

        Assert.Equal((404, "FeatureNotFound"), (refusal.Status, refusal.ErrorCode));
    }

    [Fact]
    public async Task The_features_of_a_provider_are_listed()
    {
        var names = new List<string>();
        await foreach (var feature in Provider().GetFeatures().GetAllAsync(Cancel))
        {
            names.Add(feature.Data.Name);
        }

        Assert.Contains("Microsoft.ContainerService/AzureServiceMeshPreview", names);
        Assert.DoesNotContain(names, name => name.StartsWith("Microsoft.Network", StringComparison.Ordinal));
    }

    /// <summary>The walk-through registers with a lower-case namespace and then looks for that name in the list.</summary>
    [Fact]
    public async Task A_feature_is_listed_with_the_namespace_as_the_client_spelled_it()
    {
        var features = $"/subscriptions/{Guid.NewGuid()}/providers/Microsoft.Features";
        async Task<IEnumerable<string>> ListAsync() =>
            (await fixture.SendAsync("GET", $"{features}/features?api-version=2021-07-01")).Body["value"]!
                .AsArray()
                .Select(feature => feature!["name"]!.GetValue<string>());
        Assert.Contains("Microsoft.ContainerService/AzureServiceMeshPreview", await ListAsync());

        await fixture.SendAsync(
            "POST",
            $"{features}/providers/microsoft.containerservice/features/azureservicemeshpreview/register?api-version=2021-07-01"
        );

        var names = (await ListAsync()).ToList();
        Assert.Contains("microsoft.containerservice/AzureServiceMeshPreview", names);
        Assert.DoesNotContain("Microsoft.ContainerService/AzureServiceMeshPreview", names);
        var one = await fixture.SendAsync(
            "GET",
            $"{features}/providers/Microsoft.ContainerService/features/AzureServiceMeshPreview?api-version=2021-07-01"
        );
        Assert.Equal("microsoft.containerservice/AzureServiceMeshPreview", one.Body["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_provider_is_registered_and_can_be_registered_again()
    {
        var provider = await Provider().RegisterAsync(cancellationToken: Cancel);

        Assert.Equal("Registered", provider.Value.Data.RegistrationState);
        Assert.Contains(
            provider.Value.Data.ResourceTypes,
            type => type.ResourceType == "managedClusters" && type.ApiVersions.Contains("2026-03-01")
        );
    }

    [Theory]
    [InlineData("Microsoft.ContainerService")]
    [InlineData("Microsoft.Network")]
    [InlineData("Microsoft.Compute")]
    [InlineData("Microsoft.ManagedIdentity")]
    public async Task A_cluster_is_not_created_without_the_providers_that_it_needs(string provider)
    {
        var subscription = Guid.NewGuid().ToString();
        var group = $"/subscriptions/{subscription}/resourceGroups/rg";
        await fixture.SendAsync("PUT", $"{group}?api-version=2022-09-01", """{"location":"eastus2"}""");
        await fixture.SendAsync("POST", $"/subscriptions/{subscription}/providers/{provider}/unregister?api-version=2022-09-01");

        var (status, body, _) = await fixture.SendAsync(
            "PUT",
            $"{group}/providers/Microsoft.ContainerService/managedClusters/c1?api-version=2026-03-01",
            ArmFixture.Cluster()
        );

        Assert.Equal((409, "MissingSubscriptionRegistration"), (status, ArmFixture.Code(body)));
        Assert.Contains(provider, body.ToString(), StringComparison.Ordinal);
    }

    private ResourceProviderResource Provider() =>
        fixture.Clients.Arm.GetResourceProviderResource(
            ResourceProviderResource.CreateResourceIdentifier(SandboxClients.Subscription, "Microsoft.ContainerService")
        );

    private static FeatureResource Feature(SandboxClients clients, string name) =>
        clients.Arm.GetFeatureResource(
            new ResourceIdentifier(
                $"/subscriptions/{SandboxClients.Subscription}/providers/Microsoft.Features/providers/Microsoft.ContainerService/"
                    + $"features/{name}"
            )
        );

    private static async Task<string> StateAsync(FeatureResource feature) => (await feature.GetAsync(Cancel)).Value.Data.FeatureState;

    private static async Task ReachAsync(AzureSandbox sandbox, FeatureResource feature, string state)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Wait.Usual);
        while (await StateAsync(feature) != state)
        {
            await Task.Delay(TimeSpan.FromSeconds(15), sandbox.Clock, deadline.Token);
        }
    }
}
