using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Model;
using MeshPort.Sandbox.World;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Gateways that end TLS with a certificate from Azure Key Vault.</summary>
public sealed class KeyVaultStories
{
    private const string Name = "echo.example.com";
    private const string VaultName = "edge-certs";
    private const string Group = "secrets-store.csi.x-k8s.io";
    private static readonly string Vault = $"{OtherAzureUser.Group}/providers/Microsoft.KeyVault/vaults/{VaultName}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Echo => StoryHost.Exposure("echo");

    [Fact]
    [FailureRow(Reasons.SecretsProviderMissing)]
    [FailureRow(Reasons.KeyVaultUnreachable)]
    [FailureRow(Reasons.KeyVaultAccessDenied)]
    public async Task An_exposure_is_ready_when_the_cluster_may_read_its_certificate()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var azure = new OtherAzureUser(host.Sandbox, Token);

        await host.FailAsync(await host.PutExposureAsync("echo", Tls(9443), Token), Token);
        Assert.Equal(("False", Reasons.SecretsProviderMissing), await host.ConditionAsync(Echo, "RouteProgrammed", Token));
        Assert.Contains("keyVaultSecretsProvider", await host.MessageAsync(Echo, "RouteProgrammed", Token), StringComparison.Ordinal);

        await host.PutClusterAsync(Token, WithProvider());
        await UntilAsync(host, Reasons.KeyVaultUnreachable);
        await CreateVaultAsync(host, azure);
        await UntilAsync(host, Reasons.KeyVaultAccessDenied);
        var objectId = await ObjectIdAsync(azure);
        var message = await host.MessageAsync(Echo, "RouteProgrammed", Token);
        Assert.Contains($"--assignee-object-id {objectId}", message, StringComparison.Ordinal);
        Assert.Contains("Caller is not authorized to perform action on resource", message, StringComparison.Ordinal);
        await AllowAsync(azure, objectId);
        await UntilAsync(host, Reasons.CertificateNotFound);

        host.Sandbox.World.VaultCertificates.Bring(new VaultCertificate(VaultName, "echo", [Name]));
        await host.UntilConditionAsync(Echo, "Ready", "True", "AsDesired", Token);

        Assert.Equal(("True", "Answered"), await host.ConditionAsync(Echo, "Reachable", Token));
        var address = await host.AddressAsync("echo", Token);
        Assert.Equal("MeshPort sandbox: hello hello", await TlsClient.AskAsync(address, 9443, Name, Token));
        var told = (await host.StatusAsync(Echo, Token)).GetRawText();
        Assert.DoesNotContain("PRIVATE KEY", told, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN CERTIFICATE", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exposures_share_the_objects_of_a_certificate_and_the_last_one_takes_them_with_it()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        var planned = await host.PlanAsync(HttpMethod.Put, Echo, Tls(9443), Token);
        Assert.Contains(
            planned,
            change => IsCreate(change, "SecretProviderClass") && $"{change}".Contains(VaultName, StringComparison.Ordinal)
        );
        Assert.Contains(planned, change => IsCreate(change, "Deployment aks-istio-ingress/meshport-kv-"));

        await host.SucceedAsync(await host.PutExposureAsync("echo", Tls(9443), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("second", Tls(9444, service: "second"), Token), Token);
        Assert.Single(await ClassesAsync(kubernetes));
        Assert.Single(await HoldersAsync(kubernetes));

        // Nothing has changed, so nothing is written.
        var traffic = host.Sandbox.Traffic;
        var writes = traffic.ArmWrites + traffic.KubernetesWrites;
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, traffic.ArmWrites + traffic.KubernetesWrites);

        // A new version needs no change of the exposure.
        var before = await CertificateAsync(kubernetes);
        host.Sandbox.World.VaultCertificates.Bring(new VaultCertificate(VaultName, "echo", [Name]));
        await Wait.UntilAsync(
            "the new version is in the Secret",
            Walkthrough.Within,
            async () => await CertificateAsync(kubernetes) is { } now && now != before,
            Token
        );
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(Echo, "Ready", Token));

        await host.SucceedAsync(await host.DeleteAsync(Echo, Token), Token);
        Assert.Equal("second", Assert.Single(await HoldersAsync(kubernetes)).Labels()["meshport.io/exposure"]);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("second"), "Ready", Token));

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("second"), Token), Token);
        Assert.Empty(await ClassesAsync(kubernetes));
        Assert.Empty(await HoldersAsync(kubernetes));
        await Wait.UntilAsync("the Secret is gone", Walkthrough.Within, async () => await CertificateAsync(kubernetes) is null, Token);
    }

    [Fact]
    public async Task A_gateway_serves_the_earlier_certificate_until_the_new_one_is_there()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.PutExposureAsync("echo", Tls(9443), Token), Token);
        var address = await host.AddressAsync("echo", Token);

        await host.PutExposureAsync("echo", Tls(9443, "other"), Token);
        await UntilAsync(host, Reasons.CertificateNotFound);
        Assert.Equal(2, (await HoldersAsync(kubernetes)).Count);
        Assert.Equal("MeshPort sandbox: hello hello", await TlsClient.AskAsync(address, 9443, Name, Token));

        host.Sandbox.World.VaultCertificates.Bring(new VaultCertificate(VaultName, "other", [Name]));
        await host.UntilConditionAsync(Echo, "Ready", "True", "AsDesired", Token);
        Assert.Equal("MeshPort sandbox: hello hello", await TlsClient.AskAsync(address, 9443, Name, Token));
        await Wait.UntilAsync("one copy is left", Walkthrough.Within, async () => (await HoldersAsync(kubernetes)).Count == 1, Token);
    }

    [Fact]
    public async Task Without_the_add_on_a_port_stays_open_with_the_certificate_that_it_has()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.PutExposureAsync("echo", Tls(9443), Token), Token);

        await host.PutClusterAsync(Token, WithProvider(isEnabled: false));
        await UntilAsync(host, Reasons.SecretsProviderMissing);

        Assert.Single(await HoldersAsync(kubernetes));
        Assert.Equal("MeshPort sandbox: hello hello", await TlsClient.AskAsync(await host.AddressAsync("echo", Token), 9443, Name, Token));

        await host.SucceedAsync(await host.PutClusterAsync(Token, WithProvider()), Token);
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(Echo, "Ready", Token));
        Assert.Single(await ClassesAsync(kubernetes));
    }

    [Fact]
    public async Task Without_the_add_on_the_last_exposure_of_a_shared_certificate_takes_the_copy_of_the_key_with_it()
    {
        await using var host = await StartAsync();
        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.PutExposureAsync("echo", Tls(9443), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("second", Tls(9444, service: "second"), Token), Token);
        await host.PutClusterAsync(Token, WithProvider(isEnabled: false));
        await UntilAsync(host, Reasons.SecretsProviderMissing);

        await host.SucceedAsync(await host.DeleteAsync(Echo, Token), Token);
        Assert.Single(await HoldersAsync(kubernetes)); // the other exposure needs it
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("second"), Token), Token);

        Assert.Empty(await HoldersAsync(kubernetes));
        await Wait.UntilAsync("the Secret is gone", Walkthrough.Within, async () => await CertificateAsync(kubernetes) is null, Token);
    }

    /// <summary>A cluster with the add-on, which may read a vault with a certificate.</summary>
    private static async Task<MeshPortHost> StartAsync()
    {
        var host = await StoryHost.StartReadyAsync(Token, WithProvider());
        using var azure = new OtherAzureUser(host.Sandbox, Token);
        await CreateVaultAsync(host, azure);
        await AllowAsync(azure, await ObjectIdAsync(azure));
        host.Sandbox.World.VaultCertificates.Bring(new VaultCertificate(VaultName, "echo", [Name]));
        return host;
    }

    private static JsonObject WithProvider(bool isEnabled = true)
    {
        var spec = StoryHost.ClusterSpec();
        spec["keyVaultSecretsProvider"] = isEnabled;
        return spec;
    }

    private static JsonObject Tls(int port, string certificate = "echo", string service = "echo")
    {
        var spec = MeshPortHost.Echo(service, port);
        (spec["protocol"], spec["sniHosts"]) = ("TLS", new JsonArray(Name));
        spec["tls"] = new JsonObject
        {
            ["certificate"] = new JsonObject
            {
                ["keyVault"] = new JsonObject { ["vault"] = VaultName, ["certificate"] = certificate },
            },
        };
        return spec;
    }

    private static Task CreateVaultAsync(MeshPortHost host, OtherAzureUser azure) =>
        azure.PutAsync(
            Vault,
            new JsonObject
            {
                ["location"] = "eastus2",
                ["properties"] = new JsonObject
                {
                    ["sku"] = new JsonObject { ["family"] = "A", ["name"] = "standard" },
                    ["tenantId"] = host.Sandbox.TenantId,
                    ["enableRbacAuthorization"] = true,
                },
            }
        );

    private static async Task<string> ObjectIdAsync(OtherAzureUser azure) =>
        (await azure.GetAsync(OtherAzureUser.Cluster))["properties"]
            ?["addonProfiles"]?["azureKeyvaultSecretsProvider"]?["identity"]?["objectId"]?.GetValue<string>()
        ?? "";

    /// <summary>The role Key Vault Secrets User.</summary>
    private static Task AllowAsync(OtherAzureUser azure, string objectId) =>
        azure.PutAsync(
            $"{Vault}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}",
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["roleDefinitionId"] =
                        $"/subscriptions/{MeshPortHost.Id.SubscriptionId}/providers/Microsoft.Authorization/roleDefinitions/"
                        + "4633458b-17de-408a-b874-0445c86b69e6",
                    ["principalId"] = objectId,
                    ["principalType"] = "ServicePrincipal",
                },
            }
        );

    /// <summary>Waits for the reason why the route is not programmed, before or after the deadline.</summary>
    private static Task UntilAsync(MeshPortHost host, string reason) =>
        Wait.UntilAsync(
            $"RouteProgrammed has the reason {reason}",
            Walkthrough.Within,
            async () => (await host.ConditionAsync(Echo, "RouteProgrammed", Token)).Item2 == reason,
            Token
        );

    private static bool IsCreate(JsonObject change, string target) =>
        $"{change["action"]}" == "create" && $"{change["target"]}".Contains(target, StringComparison.Ordinal);

    private static async Task<JsonArray> ClassesAsync(IKubernetes kubernetes) =>
        JsonSerializer
            .SerializeToNode(
                await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync(
                    Group,
                    "v1",
                    StoryHost.Ingress,
                    "secretproviderclasses",
                    cancellationToken: Token
                )
            )
            ?["items"] as JsonArray
        ?? [];

    private static async Task<IList<V1Deployment>> HoldersAsync(IKubernetes kubernetes) =>
        (
            await kubernetes.AppsV1.ListNamespacedDeploymentAsync(
                StoryHost.Ingress,
                labelSelector: "app.kubernetes.io/managed-by=meshport",
                cancellationToken: Token
            )
        ).Items;

    /// <returns>Null when there is no copy of a certificate.</returns>
    private static async Task<string?> CertificateAsync(IKubernetes kubernetes) =>
        (await kubernetes.CoreV1.ListNamespacedSecretAsync(StoryHost.Ingress, cancellationToken: Token))
            .Items.Where(secret => secret.Name().StartsWith("meshport-kv-", StringComparison.Ordinal))
            .Select(secret => Convert.ToBase64String(secret.Data["tls.crt"]))
            .FirstOrDefault();
}
