using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Tests.DataPlane;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

public sealed class ClusterFleetTests
{
    [Fact]
    public async Task A_restart_with_a_state_file_keeps_the_cluster()
    {
        using var directory = new TestDirectory();
        var file = directory["sandbox.db"];
        Uri server;
        string version;
        await using (var first = await TestCluster.StartAsync(stateFile: file))
        {
            await WalkThrough.AllAsync(first);
            server = first.Fleet.ApiServer(TestCluster.Id);
            version = (
                await first.Client.CoreV1.ReadNamespacedServiceAsync("tcpecho", "default", cancellationToken: TestCluster.Token)
            ).ResourceVersion();
        }

        await using var second = await TestCluster.StartAsync(stateFile: file);
        Assert.Equal(server, second.Fleet.ApiServer(TestCluster.Id));
        Assert.Equal(
            version,
            (
                await second.Client.CoreV1.ReadNamespacedServiceAsync("tcpecho", "default", cancellationToken: TestCluster.Token)
            ).ResourceVersion()
        );
        var address = await second.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x", TestCluster.Token);
    }

    [Fact]
    public async Task The_add_on_has_the_objects_of_aks_and_disabling_it_removes_them()
    {
        await using var cluster = await TestCluster.StartAsync();
        var service = await cluster.Client.CoreV1.ReadNamespacedServiceAsync(
            TestCluster.External,
            TestCluster.Ingress,
            cancellationToken: TestCluster.Token
        );
        Assert.Equal([15021, 80, 443], service.Spec.Ports.Select(port => port.Port));
        Assert.Equal(TestCluster.External, service.Spec.Selector["istio"]);
        Assert.Contains(service.Metadata.ManagedFields, entry => entry.Manager == "helm-controller");
        Assert.Equal(
            $"{TestCluster.External}-asm-1-30",
            (await cluster.Client.AppsV1.ListNamespacedDeploymentAsync(TestCluster.Ingress, cancellationToken: TestCluster.Token))
                .Items.Single()
                .Name()
        );
        Assert.Equal(
            14,
            (await cluster.Client.ApiextensionsV1.ListCustomResourceDefinitionAsync(cancellationToken: TestCluster.Token)).Items.Count
        );

        await cluster.Fleet.EnsureAsync(TestCluster.Shape with { Mesh = null }, TestCluster.Token);

        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, "/apis/networking.istio.io/v1/gateways")).Code);
        await Wait.UntilAsync(
            async () =>
                (await cluster.Client.CoreV1.ListNamespaceAsync(cancellationToken: TestCluster.Token)).Items.All(home =>
                    home.Name() != TestCluster.Ingress
                ),
            TestCluster.Token
        ); // when the load balancer is taken down
    }

    [Fact]
    public async Task An_add_on_that_is_enabled_again_during_its_removal_is_restored()
    {
        await using var cluster = await TestCluster.StartAsync();
        var before = await cluster.Client.CoreV1.ReadNamespacedServiceAsync(
            TestCluster.External,
            TestCluster.Ingress,
            cancellationToken: TestCluster.Token
        );
        await cluster.GatewayAddressAsync();

        await cluster.Fleet.EnsureAsync(TestCluster.Shape with { Mesh = null }, TestCluster.Token);
        await cluster.Fleet.EnsureAsync(TestCluster.Shape, TestCluster.Token);

        await Wait.UntilAsync(
            async () =>
                (await cluster.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}"))
                    is { Code: 200, Body: var body }
                && !body.Contains(before.Metadata.Uid, StringComparison.Ordinal),
            TestCluster.Token
        );
        await cluster.GatewayAddressAsync();
    }

    [Fact]
    public async Task The_add_on_reconciler_removes_foreign_ports_and_keeps_allowed_changes()
    {
        await using var cluster = await TestCluster.StartAsync(reconciler: TimeSpan.FromSeconds(100));
        await cluster.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/namespaces/{TestCluster.Ingress}/services/{TestCluster.External}",
            """
            {"metadata":{"annotations":{"service.beta.kubernetes.io/azure-pip-name":"kept","foreign":"gone"}},
            "spec":{"externalTrafficPolicy":"Local"}}
            """,
            "application/merge-patch+json"
        );
        await WalkThrough.OpenPortAsync(cluster);

        var service = await Wait.ForAsync(
            async () =>
                await cluster.Client.CoreV1.ReadNamespacedServiceAsync(
                    TestCluster.External,
                    TestCluster.Ingress,
                    cancellationToken: TestCluster.Token
                )
                    is { Spec.Ports.Count: 3 } back
                    ? back
                    : null,
            TestCluster.Token
        );

        Assert.Equal("Local", service.Spec.ExternalTrafficPolicy);
        Assert.Equal(["service.beta.kubernetes.io/azure-pip-name"], service.Metadata.Annotations.Keys);
    }

    [Fact]
    public async Task Access_depends_on_the_credential_and_the_cluster()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Shape with { LocalAccounts = false, AdminGroups = ["admins"] });
        using var local = cluster.NewClient(KubeconfigKind.Admin);
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() =>
            local.CoreV1.ListNamespaceAsync(cancellationToken: TestCluster.Token)
        );
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Response.StatusCode);

        Assert.NotEmpty((await cluster.Client.CoreV1.ListNamespaceAsync(cancellationToken: TestCluster.Token)).Items);
        Assert.Equal(
            HttpStatusCode.OK,
            await ListAsync(
                cluster,
                cluster.World.Tokens.Issue(SandboxTokens.KubernetesAudience, new TokenIdentity("oid", "ann", ["admins"]))
            )
        );
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await ListAsync(cluster, cluster.World.Tokens.Issue(SandboxTokens.KubernetesAudience, new TokenIdentity("oid", "ann", [])))
        );
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await ListAsync(cluster, cluster.World.Tokens.Issue(SandboxTokens.ResourceManagerAudience, new TokenIdentity("oid", "ann", [])))
        );
        Assert.Equal(HttpStatusCode.Forbidden, await ListAsync(cluster, null));
    }

    [Fact]
    public async Task The_exec_kubeconfig_makes_kubelogin_request_the_server_application()
    {
        await using var cluster = await TestCluster.StartAsync();

        var text = cluster.Fleet.Kubeconfig(TestCluster.Id, KubeconfigKind.UserExec);
        var config = KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(text);

        var exec = config.Users.Single().UserCredentials.ExternalExecution;
        Assert.Equal("kubelogin", exec.Command);
        Assert.Equal("6dae42f8-4368-4678-94ff-3960e28e3630", exec.Arguments[exec.Arguments.IndexOf("--server-id") + 1]);
        Assert.DoesNotContain("client-key-data", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_reports_changes_immediately()
    {
        await using var cluster = await TestCluster.StartAsync();
        var list = await cluster.Client.CoreV1.ListNamespacedConfigMapAsync("default", cancellationToken: TestCluster.Token);
        using var response = await cluster.Client.HttpClient.GetAsync(
            new Uri(
                cluster.Fleet.ApiServer(TestCluster.Id),
                $"/api/v1/namespaces/default/configmaps?watch=1&resourceVersion={list.ResourceVersion()}&timeoutSeconds=30"
            ),
            HttpCompletionOption.ResponseHeadersRead,
            TestCluster.Token
        );
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestCluster.Token));

        await cluster.Client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "w" } },
            "default",
            cancellationToken: TestCluster.Token
        );
        Assert.Equal("ADDED", JsonNode.Parse(await reader.ReadLineAsync(TestCluster.Token) ?? "")?["type"]?.GetValue<string>());
        await cluster.Client.CoreV1.DeleteNamespacedConfigMapAsync("w", "default", cancellationToken: TestCluster.Token);
        Assert.Equal("DELETED", JsonNode.Parse(await reader.ReadLineAsync(TestCluster.Token) ?? "")?["type"]?.GetValue<string>());
    }

    [Fact]
    public async Task A_list_supports_pages_and_selectors()
    {
        await using var cluster = await TestCluster.StartAsync();
        for (var number = 0; number < 5; number++)
        {
            await cluster.Client.CoreV1.CreateNamespacedConfigMapAsync(
                new V1ConfigMap
                {
                    Metadata = new V1ObjectMeta
                    {
                        Name = $"c{number}",
                        Labels = new Dictionary<string, string> { ["even"] = $"{number % 2 == 0}" },
                    },
                },
                "default",
                cancellationToken: TestCluster.Token
            );
        }

        var first = await cluster.Client.CoreV1.ListNamespacedConfigMapAsync("default", limit: 3, cancellationToken: TestCluster.Token);
        var second = await cluster.Client.CoreV1.ListNamespacedConfigMapAsync(
            "default",
            limit: 3,
            continueParameter: first.Continue(),
            cancellationToken: TestCluster.Token
        );
        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], first.Items.Concat(second.Items).Select(item => item.Name()));
        Assert.Null(second.Continue());
        Assert.Equal(
            3,
            (
                await cluster.Client.CoreV1.ListNamespacedConfigMapAsync(
                    "default",
                    labelSelector: "even in (True)",
                    cancellationToken: TestCluster.Token
                )
            )
                .Items
                .Count
        );
        Assert.Single(
            (
                await cluster.Client.CoreV1.ListNamespacedConfigMapAsync(
                    "default",
                    fieldSelector: "metadata.name=c3",
                    cancellationToken: TestCluster.Token
                )
            ).Items
        );
    }

    [Fact]
    public async Task Removing_a_cluster_closes_its_server_and_releases_its_addresses()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.GatewayAddressAsync();

        await cluster.Fleet.RemoveAsync(TestCluster.Id, TestCluster.Token);

        Assert.Empty(cluster.World.Store.List("addresses"));
        Assert.Empty(cluster.World.Store.List("clusters"));
        Assert.Throws<KeyNotFoundException>(() => cluster.Fleet.ApiServer(TestCluster.Id));
    }

    private static async Task<HttpStatusCode> ListAsync(TestCluster cluster, string? token)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var client = new HttpClient(handler);
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        using var response = await client.GetAsync(
            new Uri(cluster.Fleet.ApiServer(TestCluster.Id), "/api/v1/namespaces"),
            TestCluster.Token
        );
        return response.StatusCode;
    }
}
