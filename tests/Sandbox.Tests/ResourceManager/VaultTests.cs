using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Key vaults, and the add-on of clusters that reads them.</summary>
public sealed class VaultTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    [Fact]
    public async Task A_vault_is_created_read_listed_and_deleted()
    {
        await GroupAsync("vaults");
        var created = await fixture.SendAsync("PUT", Path("vaults", "edge-certs"), Body());
        var again = await fixture.SendAsync("PUT", Path("vaults", "edge-certs"), Body());
        var read = await fixture.SendAsync("GET", Path("vaults", "edge-certs"));
        var listed = await fixture.SendAsync("GET", Path("vaults", ""));

        Assert.Equal((201, 200, 200), (created.Status, again.Status, read.Status));
        Assert.Equal("https://edge-certs.vault.azure.net/", read.Body["properties"]?["vaultUri"]?.GetValue<string>());
        Assert.Equal("edge-certs", Assert.Single(listed.Body["value"]?.AsArray() ?? [])?["name"]?.GetValue<string>());

        Assert.Equal(200, (await fixture.SendAsync("DELETE", Path("vaults", "edge-certs"))).Status);
        Assert.Equal(204, (await fixture.SendAsync("DELETE", Path("vaults", "edge-certs"))).Status);
        Assert.Equal(404, (await fixture.SendAsync("GET", Path("vaults", "edge-certs"))).Status);
    }

    [Fact]
    public async Task A_deleted_vault_keeps_its_name_until_somebody_recovers_it()
    {
        await GroupAsync("recover");
        await fixture.SendAsync("PUT", Path("recover", "kept-certs"), Body());
        await fixture.SendAsync("DELETE", Path("recover", "kept-certs"));

        var refused = await fixture.SendAsync("PUT", Path("recover", "kept-certs"), Body());
        var recovered = await fixture.SendAsync(
            "PUT",
            Path("recover", "kept-certs"),
            Body(properties => properties["createMode"] = "recover")
        );

        Assert.Equal((409, "ConflictError"), (refused.Status, ArmFixture.Code(refused.Body)));
        Assert.Equal(201, recovered.Status);
    }

    [Fact]
    public async Task A_name_belongs_to_one_vault_of_all_groups()
    {
        await GroupAsync("first");
        await GroupAsync("second");
        await fixture.SendAsync("PUT", Path("first", "one-name"), Body());

        var refused = await fixture.SendAsync("PUT", Path("second", "one-name"), Body());

        Assert.Equal((409, "VaultAlreadyExists"), (refused.Status, ArmFixture.Code(refused.Body)));
    }

    [Theory]
    [InlineData("1st", "VaultNameNotValid")]
    [InlineData("two--hyphens", "VaultNameNotValid")]
    [InlineData("a-name-with-more-than-24-x", "VaultNameNotValid")]
    [InlineData("by-policies", "NotSimulated")]
    public async Task An_invalid_vault_is_refused(string name, string code)
    {
        await GroupAsync("invalid");

        var refused = await fixture.SendAsync(
            "PUT",
            Path("invalid", name),
            Body(properties => properties["enableRbacAuthorization"] = code != "NotSimulated")
        );

        Assert.Equal((400, code), (refused.Status, ArmFixture.Code(refused.Body)));
    }

    [Fact]
    public async Task The_add_on_has_an_identity_of_its_own_while_it_is_enabled()
    {
        await GroupAsync("addon");
        var path = ArmFixture.ClusterPath("addon", "reads");
        await fixture.SendAsync("PUT", path, ArmFixture.Cluster(cluster => SetAddOn(cluster, true)));
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var addOn = await AddOnAsync(path);
        var identity = await fixture.SendAsync("GET", $"{addOn["identity"]?["resourceId"]}?api-version=2023-01-31");
        Assert.Equal(200, identity.Status);
        Assert.EndsWith("azurekeyvaultsecretsprovider-reads", identity.Body["id"]?.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(
            (addOn["identity"]?["clientId"]?.GetValue<string>(), addOn["identity"]?["objectId"]?.GetValue<string>()),
            (identity.Body["properties"]?["clientId"]?.GetValue<string>(), identity.Body["properties"]?["principalId"]?.GetValue<string>())
        );

        await fixture.SendAsync("PUT", path, ArmFixture.Cluster(cluster => SetAddOn(cluster, false)));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Null((await AddOnAsync(path))["identity"]);
    }

    private async Task<JsonObject> AddOnAsync(string path) =>
        (await fixture.SendAsync("GET", path)).Body["properties"]?["addonProfiles"]?["azureKeyvaultSecretsProvider"] as JsonObject ?? [];

    private static void SetAddOn(JsonObject cluster, bool isEnabled)
    {
        if (cluster["properties"] is JsonObject properties)
        {
            properties["addonProfiles"] = new JsonObject { ["azureKeyvaultSecretsProvider"] = new JsonObject { ["enabled"] = isEnabled } };
        }
    }

    private Task GroupAsync(string group) =>
        fixture.SendAsync(
            "PUT",
            $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/{group}?api-version=2024-03-01",
            """{"location":"eastus2"}"""
        );

    private static string Path(string group, string name) =>
        $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}".TrimEnd('/')
        + "?api-version=2024-11-01";

    private string Body(Action<JsonObject>? change = null)
    {
        var properties = new JsonObject
        {
            ["sku"] = new JsonObject { ["family"] = "A", ["name"] = "standard" },
            ["tenantId"] = fixture.Sandbox.TenantId,
            ["enableRbacAuthorization"] = true,
        };
        change?.Invoke(properties);
        return new JsonObject { ["location"] = "eastus2", ["properties"] = properties }.ToJsonString();
    }
}
