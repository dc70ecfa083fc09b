using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.Authorization;
using MeshPort.Sandbox.ResourceManager.KeyVault;
using MeshPort.Sandbox.Tests.Kubernetes;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

/// <summary>Certificates of key vaults in pods and Secrets, by the add-on Azure Key Vault provider for Secrets Store CSI Driver.</summary>
public sealed class SecretsStoreTests
{
    private const string Client = "11111111-1111-4111-8111-111111111111";
    private const string Principal = "22222222-2222-4222-8222-222222222222";
    private const string SecretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
    private const string Vault = "/subscriptions/0/resourceGroups/tcp/providers/Microsoft.KeyVault/vaults/edge";
    private const string Classes = "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/default/secretproviderclasses";
    private const string Secret = $"{Manifests.Core}/secrets/edge-tls";
    private static readonly ClusterShape Rotating = TestCluster.Shape with
    {
        SecretsProvider = new SecretsProviderShape(Client, Principal, TimeSpan.FromMinutes(2)),
    };

    [Fact]
    public async Task A_certificate_becomes_a_Secret_while_a_pod_mounts_its_class()
    {
        await using var cluster = await StartAsync(Rotating);
        Allow(cluster);
        await MountAsync(cluster);

        var secret = await SecretAsync(cluster);
        using var pair = Pair(secret);

        Assert.Equal("kubernetes.io/tls", secret.Text("type"));
        Assert.Equal("echo.example.com", pair.GetNameInfo(X509NameType.DnsName, forIssuer: false));
        await cluster.UntilAsync($"{Manifests.Apps}/deployments/holder", holder => holder.Number("status", "readyReplicas") == 1);
        var mounts = await cluster.ListAsync(Classes.Replace("classes", "classpodstatuses", StringComparison.Ordinal));
        Assert.Equal("secret/echo", Assert.Single(Assert.Single(mounts).Items("status", "objects")).Text("id"));

        await cluster.ExpectAsync(200, HttpMethod.Delete, Secret);
        await SecretAsync(cluster); // the driver makes it again

        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Manifests.Apps}/deployments/holder");
        await Wait.UntilAsync(async () => (await cluster.SendAsync(HttpMethod.Get, Secret)).Code == 404, TestCluster.Token);
    }

    [Fact]
    public async Task A_pod_waits_until_the_identity_of_the_add_on_may_read_the_vault()
    {
        await using var cluster = await StartAsync(Rotating);
        await MountAsync(cluster);

        var words = await FailedMountAsync(cluster, "RESPONSE 403: 403 Forbidden");
        Assert.Contains($"oid={Principal}", words, StringComparison.Ordinal);
        Assert.Contains("vaults/edge/secrets/echo", words, StringComparison.Ordinal);
        Assert.Contains("failed to get objectType:secret, objectName:echo, objectVersion::", words, StringComparison.Ordinal);
        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, Secret)).Code);

        Allow(cluster);

        await SecretAsync(cluster);
        await cluster.UntilAsync($"{Manifests.Apps}/deployments/holder", holder => holder.Number("status", "readyReplicas") == 1);
    }

    [Fact]
    public async Task Owners_of_a_vault_do_not_read_its_secrets()
    {
        await using var cluster = await StartAsync(Rotating);
        Allow(cluster, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
        await MountAsync(cluster);

        await FailedMountAsync(cluster, "ForbiddenByRbac");
    }

    [Theory]
    [InlineData("edge", "other", "\"code\": \"SecretNotFound\"")]
    [InlineData("nowhere", "echo", "rpc error: code = DeadlineExceeded desc = context deadline exceeded")]
    public async Task What_does_not_exist_is_not_mounted(string vault, string certificate, string words)
    {
        await using var cluster = await StartAsync(Rotating);
        Allow(cluster);
        await MountAsync(cluster, vault, certificate);

        await FailedMountAsync(cluster, words);
    }

    [Fact]
    public async Task Another_identity_is_refused()
    {
        await using var cluster = await StartAsync(Rotating);
        Allow(cluster);
        await MountAsync(cluster, client: Principal);

        await FailedMountAsync(cluster, "Identity not found");
    }

    [Fact]
    public async Task A_new_version_reaches_the_Secret_by_rotation()
    {
        await using var cluster = await StartAsync(Rotating);
        Allow(cluster);
        await MountAsync(cluster);
        var before = await SecretAsync(cluster);

        cluster.World.VaultCertificates.Bring(new VaultCertificate("edge", "echo", ["new.example.com"]));

        var after = await cluster.UntilAsync(Secret, secret => secret.Text("data", "tls.crt") != before.Text("data", "tls.crt"));
        using var pair = Pair(after);
        Assert.Equal("new.example.com", pair.GetNameInfo(X509NameType.DnsName, forIssuer: false));
    }

    [Fact]
    public async Task Without_rotation_only_a_new_pod_reads_a_new_version()
    {
        await using var cluster = await StartAsync(
            Rotating with
            {
                SecretsProvider = new SecretsProviderShape(Client, Principal, RotationInterval: null),
            }
        );
        Allow(cluster);
        await MountAsync(cluster);
        var before = await SecretAsync(cluster);

        cluster.World.VaultCertificates.Bring(new VaultCertificate("edge", "echo", ["new.example.com"]));
        cluster.World.Clock.Advance(TimeSpan.FromMinutes(10));
        await cluster.CreateAsync($"{Manifests.Core}/pods", Manifests.Pod("later", """{"name":"nginx","image":"nginx"}"""));
        await cluster.UntilAsync($"{Manifests.Core}/pods/later", pod => pod.Has("Ready"));
        Assert.Equal(before.Text("data", "tls.crt"), (await cluster.ReadAsync(Secret)).Text("data", "tls.crt"));

        foreach (var pod in await cluster.ListAsync($"{Manifests.Core}/pods?labelSelector=app=holder"))
        {
            await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Manifests.Core}/pods/{pod.Name()}");
        }

        await cluster.UntilAsync(Secret, secret => secret.Text("data", "tls.crt") != before.Text("data", "tls.crt"));
    }

    [Fact]
    public async Task Without_the_add_on_there_are_no_classes_and_no_driver()
    {
        await using var cluster = await StartAsync(TestCluster.Shape);
        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, Classes)).Code);
        await cluster.CreateAsync($"{Manifests.Apps}/deployments", Holder);
        await FailedMountAsync(cluster, "driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers");

        await cluster.Fleet.EnsureAsync(Rotating, TestCluster.Token);

        Assert.Equal(200, (await cluster.SendAsync(HttpMethod.Get, Classes)).Code);
        await FailedMountAsync(cluster, "SecretProviderClass.secrets-store.csi.x-k8s.io \"edge\" not found");
    }

    private const string Holder = """
        {"metadata":{"name":"holder"},"spec":{"selector":{"matchLabels":{"app":"holder"}},
        "template":{"metadata":{"labels":{"app":"holder"}},"spec":{
        "containers":[{"name":"pause","image":"mcr.microsoft.com/oss/kubernetes/pause:3.6"}],
        "volumes":[{"name":"certificate","csi":{"driver":"secrets-store.csi.k8s.io","readOnly":true,
        "volumeAttributes":{"secretProviderClass":"edge"}}}]}}}}
        """;

    private static async Task<TestCluster> StartAsync(ClusterShape shape)
    {
        var cluster = await TestCluster.StartAsync(shape);
        var vault = VaultApi.Document(Vault, "eastus2", null, new JsonObject { ["enableRbacAuthorization"] = true });
        new ResourceStore(cluster.World).Put(Vault, vault);
        cluster.World.VaultCertificates.Bring(new VaultCertificate("edge", "echo", ["echo.example.com"]));
        return cluster;
    }

    /// <summary>Assigns a role that already works.</summary>
    private static void Allow(TestCluster cluster, string role = SecretsUser) =>
        new RoleAssignmentStore(cluster.World).Put(
            $"{Vault}/providers/{RoleAssignmentApi.Type}/1",
            new JsonObject
            {
                ["properties"] = new JsonObject
                {
                    ["principalId"] = Principal,
                    ["roleDefinitionId"] = role,
                    ["scope"] = Vault,
                    ["createdOn"] = (cluster.World.Clock.GetUtcNow() - TimeSpan.FromHours(1)).ToString("o", CultureInfo.InvariantCulture),
                },
            }
        );

    private static async Task MountAsync(TestCluster cluster, string vault = "edge", string certificate = "echo", string client = Client)
    {
        var objects = $"array:\n  - |\n    objectName: {certificate}\n    objectType: secret\n";
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "edge" },
            ["spec"] = new JsonObject
            {
                ["provider"] = "azure",
                ["parameters"] = new JsonObject
                {
                    ["keyvaultName"] = vault,
                    ["tenantId"] = "33333333-3333-4333-8333-333333333333",
                    ["useVMManagedIdentity"] = "true",
                    ["userAssignedIdentityID"] = client,
                    ["objects"] = objects,
                },
                ["secretObjects"] = new JsonArray(
                    new JsonObject
                    {
                        ["secretName"] = "edge-tls",
                        ["type"] = "kubernetes.io/tls",
                        ["data"] = new JsonArray(
                            new JsonObject { ["key"] = "tls.key", ["objectName"] = certificate },
                            new JsonObject { ["key"] = "tls.crt", ["objectName"] = certificate }
                        ),
                    }
                ),
            },
        };
        await cluster.CreateAsync(Classes, body.ToJsonString());
        await cluster.CreateAsync($"{Manifests.Apps}/deployments", Holder);
    }

    private static Task<JsonObject> SecretAsync(TestCluster cluster) =>
        Wait.ForAsync(
            async () => await cluster.SendAsync(HttpMethod.Get, Secret) is (200, var body) ? JsonNode.Parse(body) as JsonObject : null,
            TestCluster.Token
        );

    private static async Task<string> FailedMountAsync(TestCluster cluster, string words) =>
        await Wait.ForAsync(
            async () =>
                (await cluster.ListAsync($"{Manifests.Core}/events"))
                    .Where(found => found.Text("reason") == "FailedMount")
                    .Select(found => found.Text("message"))
                    .FirstOrDefault(message => message?.Contains(words, StringComparison.Ordinal) == true),
            TestCluster.Token
        );

    private static X509Certificate2 Pair(JsonObject secret) =>
        X509Certificate2.CreateFromPem(Pem(secret, "tls.crt"), Pem(secret, "tls.key"));

    private static string Pem(JsonObject secret, string key) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(secret.Text("data", key) ?? ""));
}
