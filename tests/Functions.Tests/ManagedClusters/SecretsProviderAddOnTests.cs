using System.Text.Json.Nodes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.ManagedClusters;

public sealed class SecretsProviderAddOnTests
{
    private static readonly ClusterSpec Wanted = new() { Location = "eastus2", KeyVaultSecretsProvider = true };

    [Fact]
    public void It_is_enabled_with_rotation_and_keeps_what_others_have_configured()
    {
        var properties = Parse(
            """{"addonProfiles":{"azurekeyvaultsecretsprovider":{"enabled":false,"config":{"rotationPollInterval":"5m"}},"other":{}}}"""
        );

        Assert.True(SecretsProviderAddOn.Write(properties, Wanted));
        Assert.Equal(
            """{"enabled":true,"config":{"rotationPollInterval":"5m","enableSecretRotation":"true"}}""",
            properties["addonProfiles"]?["azurekeyvaultsecretsprovider"]?.ToJsonString()
        );
        Assert.False(SecretsProviderAddOn.Write(properties, Wanted));
    }

    [Fact]
    public void It_is_disabled_only_where_it_is_enabled_and_otherwise_left_alone()
    {
        var enabled = Parse("""{"addonProfiles":{"azureKeyvaultSecretsProvider":{"enabled":true}}}""");

        Assert.False(SecretsProviderAddOn.Write(enabled, Wanted with { KeyVaultSecretsProvider = null }));
        Assert.False(SecretsProviderAddOn.Write([], Wanted with { KeyVaultSecretsProvider = false }));
        Assert.True(SecretsProviderAddOn.Write(enabled, Wanted with { KeyVaultSecretsProvider = false }));
        Assert.Equal("""{"addonProfiles":{"azureKeyvaultSecretsProvider":{"enabled":false}}}""", enabled.ToJsonString());
    }

    [Theory]
    [InlineData(""" "identity":{"tenantId":"t1"},"properties":{ """, "t1")]
    [InlineData(""" "identity":{"type":"UserAssigned"},"properties":{"aadProfile":{"tenantID":"t2"}, """, "t2")]
    [InlineData(""" "properties":{ """, null)]
    public void Its_identity_and_the_tenant_of_the_cluster_are_read(string start, string? tenant)
    {
        var provider = SecretsProviderAddOn.Of(
            Parse(
                $"{{{start}"
                    + """ "addonProfiles":{"azurekeyvaultsecretsprovider":{"enabled":true,"identity":{"clientId":"c","objectId":"o"}}}}}"""
            ),
            Wanted
        );

        Assert.Equal(new SecretsProvider(null, "c", "o", tenant, HasRotation: false), provider);
    }

    [Theory]
    [InlineData(""" "config":{"enableSecretRotation":"true"} """, true)]
    [InlineData(""" "config":{"enableSecretRotation":"false"} """, false)]
    [InlineData(""" "config":null """, false)]
    public void Without_rotation_no_new_version_of_a_certificate_arrives(string config, bool hasRotation) =>
        Assert.Equal(
            hasRotation,
            SecretsProviderAddOn
                .Of(
                    Parse(
                        """{"properties":{"addonProfiles":{"azureKeyvaultSecretsProvider":{"enabled":true,"identity":{},"""
                            + config
                            + "}}}}"
                    ),
                    Wanted
                )
                .HasRotation
        );

    [Theory]
    [InlineData("""{"properties":{}}""")]
    [InlineData("""{"properties":{"addonProfiles":{"azureKeyvaultSecretsProvider":{"enabled":false}}}}""")]
    public void A_cluster_without_it_has_a_problem_that_passes_where_the_spec_enables_it(string cluster)
    {
        var unwanted = Wanted with { KeyVaultSecretsProvider = null };

        Assert.Equal(Reasons.SecretsProviderMissing, SecretsProviderAddOn.Of(Parse(cluster), unwanted).Problem?.Reason);
        Assert.Equal(Reasons.CertificatePending, SecretsProviderAddOn.Of(Parse(cluster), Wanted).Problem?.Reason);
    }

    private static JsonObject Parse(string json) => Assert.IsType<JsonObject>(JsonNode.Parse(json));
}
