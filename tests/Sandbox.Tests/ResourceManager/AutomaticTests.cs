using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Clusters of AKS Automatic, from the bodies of its documentation.</summary>
public sealed class AutomaticTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string Own = "edge";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_documented_body_makes_a_cluster_with_what_AKS_decides()
    {
        var steps = new ClusterSteps(fixture, "automatic-body");

        await CreateAsync(steps);

        var cluster = (await steps.SendAsync("GET")).Body;
        var properties = cluster["properties"]!.AsObject(); // every cluster has them
        Assert.Equal("""{"name":"Automatic","tier":"Standard"}""", cluster["sku"]?.ToJsonString());
        Assert.Null(properties["agentPoolProfiles"]);
        Assert.Equal(
            ["cilium", "overlay", "managedNATGateway"],
            new[] { "networkDataplane", "networkPluginMode", "outboundType" }.Select(name => $"{properties["networkProfile"]?[name]}")
        );
        Assert.Equal("Auto", $"{properties["nodeProvisioningProfile"]?["mode"]}");
        Assert.Equal("stable", $"{properties["autoUpgradeProfile"]?["upgradeChannel"]}");
        Assert.Equal("true", $"{properties["aadProfile"]?["enableAzureRBAC"]}");
        Assert.Equal("Disabled", Istio(properties)); // of Kubernetes 1.34
        Assert.Equal(400, (await steps.SendAsync("POST", "/stop")).Status);
        Assert.Empty((await steps.SendAsync("GET", "/agentPools")).Body["value"]!.AsArray()); // every list has it
        Assert.Equal("AKSAutomaticSKUFeatureValidationError", ArmFixture.Code((await ChangeAsync("networkDataplane", "azure")).Body));
        Assert.Equal(200, (await ChangeAsync("networkDataplane", "cilium")).Status);

        Task<(int Status, JsonObject Body, HttpResponseMessage Message)> ChangeAsync(string name, string value) =>
            steps.ChangeAsync(changed => changed["networkProfile"]![name] = value); // it was filled in
    }

    [Theory]
    [InlineData("sku/tier", "\"Free\"", "should use Standard tier")]
    [InlineData("identity", null, "managed identity")]
    [InlineData("identity", """{"type":"UserAssigned","userAssignedIdentities":{"IDENTITY":{}}}""", "should use SAMI")]
    [InlineData("location", "\"northcentralus\"", "not supported in this region")]
    [InlineData("properties/networkProfile", """{"outboundType":"loadBalancer"}""", "'OutboundType'")]
    [InlineData("properties/autoUpgradeProfile", """{"upgradeChannel":"rapid"}""", "'AutoUpgrade'")]
    [InlineData("properties/agentPoolProfiles", """[{"name":"np1","mode":"System"}]""", "without node pools")]
    [InlineData("properties/apiServerAccessProfile", """{"enablePrivateCluster":true}""", "public API server")]
    [InlineData(
        "properties",
        """{"kubernetesVersion":"1.36","serviceMeshProfile":{"mode":"Istio"}}""",
        "application routing add-on's Gateway API"
    )]
    public async Task A_body_that_differs_from_what_AKS_decides_is_refused(string path, string? value, string words)
    {
        var steps = new ClusterSteps(fixture, "automatic-refused");
        await steps.GroupAsync();
        var identity = $"{steps.Id.Split("/providers/")[0]}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/own";
        await fixture.SendAsync("PUT", $"{identity}?api-version=2023-01-31", """{"location":"eastus2"}""");

        var (status, body, _) = await steps.SendAsync(
            "PUT",
            "",
            Body(path, value?.Replace("IDENTITY", identity, StringComparison.Ordinal))
        );

        Assert.Equal(400, status);
        Assert.Contains(words, $"{(body["error"] ?? body)["message"]}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKS_protects_its_namespaces_checks_workloads_and_makes_nodes_for_pods()
    {
        var steps = new ClusterSteps(fixture, "automatic-policies");
        await CreateAsync(steps);
        using var administrator = steps.Kubernetes();
        await administrator.RbacAuthorizationV1.CreateClusterRoleBindingAsync(
            new V1ClusterRoleBinding
            {
                Metadata = new V1ObjectMeta { Name = "dev" },
                RoleRef = new V1RoleRef
                {
                    ApiGroup = "rbac.authorization.k8s.io",
                    Kind = "ClusterRole",
                    Name = "cluster-admin",
                },
                Subjects =
                [
                    new Rbacv1Subject
                    {
                        ApiGroup = "rbac.authorization.k8s.io",
                        Kind = "User",
                        Name = "dev",
                    },
                ],
            },
            cancellationToken: Cancel
        );
        using var developer = steps.Kubernetes(new Impersonation("dev"));
        await developer.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = Own } },
            cancellationToken: Cancel
        );
        var map = new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "probe" } };

        await developer.CoreV1.CreateNamespacedConfigMapAsync(map, Own, cancellationToken: Cancel);
        Assert.Contains(
            "ValidatingAdmissionPolicy 'aks-managed-protect-system-namespaces'",
            await RefusalAsync(() => developer.CoreV1.CreateNamespacedConfigMapAsync(map, "kube-system", cancellationToken: Cancel)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "managed system namespaces",
            await RefusalAsync(() => developer.CoreV1.DeleteNamespacedServiceAsync("kube-dns", "kube-system", cancellationToken: Cancel)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "has no <livenessProbe>",
            await RefusalAsync(() => developer.AppsV1.CreateNamespacedDeploymentAsync(Echo(probed: false), Own, cancellationToken: Cancel)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "versioned image tag",
            await RefusalAsync(() =>
                developer.AppsV1.CreateNamespacedDeploymentAsync(
                    Echo(probed: true, "istio/tcp-echo-server"),
                    Own,
                    cancellationToken: Cancel
                )
            ),
            StringComparison.Ordinal
        );

        var made = await developer.AppsV1.CreateNamespacedDeploymentAsync(Echo(probed: true), Own, cancellationToken: Cancel);

        Assert.Equal("500m", made.Spec.Template.Spec.Containers[0].Resources.Requests["cpu"].ToString());
        Assert.Single(made.Spec.Template.Spec.TopologySpreadConstraints);
        await Wait.UntilAsync(
            async () =>
                (await developer.AppsV1.ReadNamespacedDeploymentAsync("echo", Own, cancellationToken: Cancel)).Status.ReadyReplicas == 1,
            Cancel
        );
        var pod = Assert.Single((await developer.CoreV1.ListNamespacedPodAsync(Own, cancellationToken: Cancel)).Items);
        Assert.StartsWith("aks-default-", pod.Spec.NodeName, StringComparison.Ordinal);
    }

    private static async Task CreateAsync(ClusterSteps steps)
    {
        await steps.GroupAsync();
        await steps.DoneAsync("PUT", "", 201, Body());
    }

    private static string Istio(JsonObject properties) =>
        $"{properties["ingressProfile"]?["webAppRouting"]?["gatewayAPIImplementations"]?["appRoutingIstio"]?["mode"]}";

    /// <summary>The body of the quickstart, changed at one path.</summary>
    private static string Body(string? path = null, string? value = null)
    {
        var body = new JsonObject
        {
            ["location"] = "eastus2",
            ["sku"] = new JsonObject { ["name"] = "Automatic" },
            ["identity"] = new JsonObject { ["type"] = "SystemAssigned" },
            ["properties"] = new JsonObject(),
        };
        if (path?.Split('/') is { } names)
        {
            var place = names[..^1].Aggregate(body, (parent, name) => parent[name]!.AsObject()); // the paths of the cases exist
            place[names[^1]] = value is null ? null : JsonNode.Parse(value);
        }

        return body.ToJsonString();
    }

    private static V1Deployment Echo(bool probed, string image = "istio/tcp-echo-server:1.1")
    {
        var probe = probed ? new V1Probe { TcpSocket = new V1TCPSocketAction { Port = 9000 } } : null;
        return new V1Deployment
        {
            Metadata = new V1ObjectMeta { Name = "echo" },
            Spec = new V1DeploymentSpec
            {
                Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "echo" } },
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta { Labels = new Dictionary<string, string> { ["app"] = "echo" } },
                    Spec = new V1PodSpec
                    {
                        Containers =
                        [
                            new V1Container
                            {
                                Name = "echo",
                                Image = image,
                                Args = ["9000", "hello"],
                                ReadinessProbe = new V1Probe { TcpSocket = new V1TCPSocketAction { Port = 9000 } },
                                LivenessProbe = probe,
                            },
                        ],
                    },
                },
            },
        };
    }

    private static async Task<string> RefusalAsync(Func<Task> write)
    {
        var refusal = await Assert.ThrowsAsync<HttpOperationException>(write);
        Assert.Equal(403, (int)refusal.Response.StatusCode);
        return refusal.Response.Content;
    }

    /// <summary>The administrator is exempt from the policies of AKS.</summary>
    private sealed class Impersonation(string user) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("Impersonate-User", user);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
