using System.Text.Json.Nodes;
using k8s;
using k8s.KubeConfigModels;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.EndToEnd.Tests.Stories;

namespace MeshPort.EndToEnd.Tests.Access;

/// <summary>The roles of samples/rbac are what MeshPort needs in a cluster.</summary>
public sealed class KubernetesRoleTests
{
    private const string Account = "meshport";

    /// <summary>Selects the namespace default.</summary>
    private const string Selector = """{"namespaceSelector":{"kubernetes.io/metadata.name":"default"},"ports":["9010"]}""";
    private const string Names = """{"namespaces":["default"],"ports":["9010"]}""";

    /// <summary>
    /// A server-side apply of an object that does not exist needs the right to create it. MeshPort reads a single object when the answer to
    /// its creation was lost.
    /// </summary>
    private static readonly string[] WithPatch = ["create", "get"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MeshPort_uses_every_right_of_the_cluster_role_and_no_other()
    {
        using var directory = new TestDirectory();
        await using var host = await StartAsync(directory);
        using var admin = host.Kubernetes();
        var role = await ApplyAsync(admin, "cluster.yaml");
        var token = await LogInAsync(host, admin, directory);
        using var traffic = new KubernetesTraffic(new Uri(admin.BaseUri.ToString()), token);

        await ComeAndGoAsync(host, admin, Selector);

        var applied = Resources(role, "patch").ToList();
        var rights = Rights(role)
            .Where(right => !WithPatch.Contains(right.Verb) || !applied.Contains(right.Resource))
            .Select(right => $"{right.Verb} {right.Resource}")
            .Append("get /secrets") // of another role
            .ToList();
        Assert.Equal("", string.Join(", ", rights.Except(traffic.Rights))); // superfluous
        Assert.Equal("", string.Join(", ", traffic.Rights.Except(rights))); // missing
        Assert.All(WithPatch, verb => Assert.Empty(applied.Except(Resources(role, verb))));
    }

    [Fact]
    public async Task MeshPort_works_with_rights_in_single_namespaces()
    {
        using var directory = new TestDirectory();
        await using var host = await StartAsync(directory);
        using var admin = host.Kubernetes();
        await ApplyAsync(admin, "namespaced.yaml");
        await LogInAsync(host, admin, directory);

        await ComeAndGoAsync(host, admin, Names);
    }

    [Fact]
    public async Task With_rights_on_Services_in_single_namespaces_a_selector_of_namespaces_finds_nothing_and_says_so()
    {
        using var directory = new TestDirectory();
        await using var host = await StartAsync(directory);
        using var admin = host.Kubernetes();
        await ApplyAsync(admin, "namespaced.yaml");
        await admin.RbacAuthorizationV1.CreateClusterRoleAsync(
            new V1ClusterRole
            {
                Metadata = new V1ObjectMeta { Name = "namespaces" },
                Rules =
                [
                    new V1PolicyRule
                    {
                        ApiGroups = [""],
                        Resources = ["namespaces"],
                        Verbs = ["list"],
                    },
                ],
            },
            cancellationToken: Token
        );
        await admin.RbacAuthorizationV1.CreateClusterRoleBindingAsync(
            new V1ClusterRoleBinding
            {
                Metadata = new V1ObjectMeta { Name = "namespaces" },
                RoleRef = new V1RoleRef
                {
                    ApiGroup = "rbac.authorization.k8s.io",
                    Kind = "ClusterRole",
                    Name = "namespaces",
                },
                Subjects =
                [
                    new Rbacv1Subject
                    {
                        Kind = "ServiceAccount",
                        Name = Account,
                        NamespaceProperty = Account,
                    },
                ],
            },
            cancellationToken: Token
        );
        await LogInAsync(host, admin, directory);
        var spec = With("managedService");
        spec["discover"] = JsonNode.Parse(Selector);

        await host.PutClusterAsync(Token, spec);

        await Wait.UntilAsync(
            "the cluster has the condition",
            Walkthrough.Within,
            async () =>
                (await host.StatusAsync(MeshPortHost.Cluster, Token))
                    .GetProperty("conditions")
                    .EnumerateArray()
                    .Any(condition => condition.GetProperty("type").GetString() == "ServicesDiscovered"),
            Token
        );
        await host.UntilConditionAsync(MeshPortHost.Cluster, "ServicesDiscovered", "Unknown", "AccessDenied", Token);
        Assert.Contains(
            "Write discover.namespaces instead of namespaceSelector",
            await host.MessageAsync(MeshPortHost.Cluster, "ServicesDiscovered", Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_the_right_to_see_all_gateways_a_route_says_so_and_no_rule_of_an_unseen_gateway_is_adopted()
    {
        using var directory = new TestDirectory();
        await using var host = await StartAsync(directory);
        using var admin = host.Kubernetes();
        await ApplyAsync(admin, "namespaced.yaml");
        await admin.RbacAuthorizationV1.DeleteClusterRoleBindingAsync("meshport-routes", cancellationToken: Token);
        await LogInAsync(host, admin, directory);
        await admin.DeployEchoAsync("shop", 7000, Token);
        await admin.CreateForeignAsync("gateways", "platform", "edge", ForeignObjects.Gateway(9301), Token);
        await admin.CreateForeignAsync("gateways", "default", "entry", ForeignObjects.Gateway(9300), Token);
        await admin.CreateForeignAsync(
            "virtualservices",
            "default",
            "entry",
            """
            {"hosts":["*"],"gateways":["entry","platform/edge"],
             "tcp":[{"route":[{"destination":{"host":"shop","port":{"number":7000}}}]}]}
            """,
            Token
        );
        await host.PutClusterAsync(Token, With("managedService"));
        await host.PutExposureAsync("other", StoryHost.Of(9302, ("shop", "default", 7000, null)), Token);
        var spec = StoryHost.Of(9300, ("shop", "default", 7000, null));
        spec["adopt"] = true;
        await host.PutExposureAsync("shop", spec, Token);

        await host.UntilConditionAsync(StoryHost.Exposure("shop"), "RouteProgrammed", "False", "GatewayConflict", Token);
        Assert.Contains(
            "names Gateway platform/edge, which MeshPort does not see",
            await host.MessageAsync(StoryHost.Exposure("shop"), "RouteProgrammed", Token),
            StringComparison.Ordinal
        );
        await host.UntilConditionAsync(StoryHost.Exposure("other"), "RouteProgrammed", "True", "AsDesired", Token);
        Assert.Contains(
            "MeshPort may not list Gateways and VirtualServices in all namespaces",
            await host.MessageAsync(StoryHost.Exposure("other"), "RouteProgrammed", Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_the_right_to_delete_an_adoption_names_that_right_and_goes_on_when_it_is_there()
    {
        using var directory = new TestDirectory();
        await using var host = await StartAsync(directory);
        using var admin = host.Kubernetes();
        var role = await ApplyAsync(admin, "cluster.yaml");
        await LogInAsync(host, admin, directory);
        await ChangeAsync(admin, role, verbs => verbs.Remove("delete"));
        await admin.DeployEchoAsync("shop", 7000, Token);
        await admin.CreateForeignAsync("gateways", "default", "entry", ForeignObjects.Gateway(9300), Token);
        await admin.CreateForeignAsync(
            "virtualservices",
            "default",
            "entry",
            ForeignObjects.VirtualService("entry", 9300, "shop", 7000),
            Token
        );
        await host.PutClusterAsync(Token, With("managedService"));
        var spec = StoryHost.Of(9300, ("shop", "default", 7000, null));
        spec["adopt"] = true;

        await host.PutExposureAsync("shop", spec, Token);

        await host.UntilConditionAsync(StoryHost.Exposure("shop"), "RouteProgrammed", "False", "AccessDenied", Token);
        Assert.Contains(
            "cannot delete resource \"gateways\"",
            await host.MessageAsync(StoryHost.Exposure("shop"), "RouteProgrammed", Token),
            StringComparison.Ordinal
        );

        await ChangeAsync(admin, role, verbs => verbs.Add("delete"));
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("shop"), "Ready", "True", "AsDesired", Token);
    }

    /// <summary>Changes the rights on routes.</summary>
    private static async Task ChangeAsync(IKubernetes admin, V1ClusterRole role, Action<IList<string>> change)
    {
        change(role.Rules.Single(rule => rule.Resources.Contains("virtualservices")).Verbs);
        role.Metadata.ResourceVersion = null;
        await admin.RbacAuthorizationV1.ReplaceClusterRoleAsync(role, role.Name(), cancellationToken: Token);
    }

    /// <summary>A cluster with new versions that MeshPort knows only by a kubeconfig.</summary>
    private static async Task<MeshPortHost> StartAsync(TestDirectory directory)
    {
        var spec = StoryHost.ClusterSpec();
        spec["kubernetesVersion"] = "1.37";
        spec["mesh"] = new JsonObject { ["revision"] = "asm-1-31", ["gateways"] = new JsonArray("external") };
        spec["strategy"] = "gatewayApi"; // Azure installs the definitions
        var host = await StoryHost.StartReadyAsync(Token, spec, ("MeshPort:Kubeconfigs:lab", Kubeconfig(directory)));
        await host.SucceedAsync(await host.DeleteAsync($"{MeshPortHost.Cluster}?keepAzure=true", Token), Token);
        return host;
    }

    /// <summary>
    /// Creates, changes and removes exposures with every strategy and every kind of object, and with an image that does not exist.
    /// </summary>
    private static async Task ComeAndGoAsync(MeshPortHost host, IKubernetes admin, string discover)
    {
        await admin.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch("""{"spec":{"externalTrafficPolicy":"Local"}}""", V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );
        await host.PutClusterAsync(Token, With("managedService"));
        await host.SucceedAsync(await host.PutExposureAsync("echo", Idle(), Token), Token);
        var broken = MeshPortHost.Echo("broken", 9001);
        broken["workload"]!["image"] = "registry.invalid/nothing:1";
        await host.PutExposureAsync("broken", broken, Token);
        await Wait.UntilAsync(
            "the message quotes the kubelet",
            Walkthrough.Within,
            async () =>
                (await host.MessageAsync(StoryHost.Exposure("broken"), "WorkloadReady", Token)).Contains("Image", StringComparison.Ordinal),
            Token
        );
        var outside = StoryHost.Of(9002);
        outside["backends"] = new JsonArray(new JsonObject { ["service"] = "outside.example.com", ["port"] = 9000 });
        await host.PutExposureAsync("outside", outside, Token);
        await host.UntilConditionAsync(StoryHost.Exposure("outside"), "RouteProgrammed", "True", "AsDesired", Token);
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("broken"), Token), Token);
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("outside"), Token), Token);

        await DiscoverAsync(host, admin, discover);
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("companionService")), Token);
        using var authority = new TestAuthority();
        await admin.BringAsync("web", authority.Issue(["web.example.com"]).Data(), Token);
        var secured = MeshPortHost.Echo("secured", 9443);
        (secured["protocol"], secured["tls"]) = ("TLS", JsonNode.Parse("""{"certificate":{"secret":"web"}}"""));
        await host.SucceedAsync(await host.PutExposureAsync("secured", secured, Token), Token);
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("secured"), Token), Token);
        await host.SucceedAsync(await host.PutClusterAsync(Token, With("gatewayApi")), Token);
        await host.UntilConditionAsync(StoryHost.Exposure("echo"), "Ready", "True", "AsDesired", Token);
        await admin.DeployEchoAsync("theirs", 9000, Token);
        await admin.DeployEchoAsync("theirs", 9000, Token, home: StoryHost.Ingress);
        var named = StoryHost.Of(9003, ("theirs", "default", 9000, 50), ("theirs", StoryHost.Ingress, 9000, 50));
        (named["protocol"], named["sniHosts"]) = ("TLS", new JsonArray("echo.example.com"));
        await host.PutExposureAsync("named", named, Token);
        await host.UntilConditionAsync(StoryHost.Exposure("named"), "RouteProgrammed", "True", "AsDesired", Token);
        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("named"), Token), Token);

        var last = With("gatewayApi");
        last["discover"] = JsonNode.Parse(discover);
        await AnnotateAsync(admin, "theirs", "9010:9000"); // the Service of echo has it
        await host.PutClusterAsync(Token, last);
        await UntilAnsweredAsync(admin, "theirs", "PortTaken");
        await host.SucceedAsync(await host.DeleteAsync(MeshPortHost.Cluster, Token), Token);
        Assert.DoesNotContain("meshport.io/status", await AnnotationsAsync(admin, "theirs"));
    }

    /// <summary>Lets a Service ask for a port that it may have, and for one that it may not have.</summary>
    private static async Task DiscoverAsync(MeshPortHost host, IKubernetes admin, string discover)
    {
        var spec = With("managedService");
        spec["discover"] = JsonNode.Parse(discover);
        await AnnotateAsync(admin, "echo", "9010:9000,9011:9000");
        await host.PutClusterAsync(Token, spec);
        await UntilAnsweredAsync(admin, "echo", "\"Ready\"", "PortNotAllowed");
        Assert.Contains(
            (await admin.CoreV1.ListNamespacedEventAsync("default", cancellationToken: Token)).Items,
            one => one.Reason == "PortNotAllowed"
        );
    }

    private static Task AnnotateAsync(IKubernetes admin, string service, string ports) =>
        admin.CoreV1.PatchNamespacedServiceAsync(
            new V1Patch(
                new JsonObject
                {
                    ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["meshport.io/expose"] = ports } },
                }.ToJsonString(),
                V1Patch.PatchType.MergePatch
            ),
            service,
            "default",
            cancellationToken: Token
        );

    private static Task UntilAnsweredAsync(IKubernetes admin, string service, params string[] words) =>
        Wait.UntilAsync(
            $"Service {service} has its answer",
            Walkthrough.Within,
            async () =>
                (await AnnotationsAsync(admin, service)).TryGetValue("meshport.io/status", out var answer)
                && words.All(word => answer.Contains(word, StringComparison.Ordinal)),
            Token
        );

    private static async Task<IDictionary<string, string>> AnnotationsAsync(IKubernetes admin, string service) =>
        (await admin.CoreV1.ReadNamespacedServiceAsync(service, "default", cancellationToken: Token)).Annotations();

    private static JsonObject Idle()
    {
        var spec = MeshPortHost.Echo("echo", 9000).AllowedFrom("127.0.0.0/8");
        spec["idleTimeout"] = "PT20M";
        return spec;
    }

    private static JsonObject With(string strategy) =>
        new()
        {
            ["location"] = "eastus2",
            ["connection"] = "kubeconfig:lab",
            ["strategy"] = strategy,
        };

    /// <returns>The role of the file.</returns>
    private static async Task<V1ClusterRole> ApplyAsync(IKubernetes admin, string file)
    {
        V1ClusterRole? role = null;
        foreach (
            var one in KubernetesYaml.LoadAllFromString(
                await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "rbac", file), Token)
            )
        )
        {
            switch (one)
            {
                case V1Namespace space:
                    await admin.CoreV1.CreateNamespaceAsync(space, cancellationToken: Token);
                    break;
                case V1ServiceAccount account:
                    await admin.CoreV1.CreateNamespacedServiceAccountAsync(account, account.Namespace(), cancellationToken: Token);
                    break;
                case V1ClusterRole found:
                    var made = await admin.RbacAuthorizationV1.CreateClusterRoleAsync(found, cancellationToken: Token);
                    role ??= made;
                    break;
                case V1ClusterRoleBinding binding:
                    await admin.RbacAuthorizationV1.CreateClusterRoleBindingAsync(binding, cancellationToken: Token);
                    break;
                case V1Role found:
                    await admin.RbacAuthorizationV1.CreateNamespacedRoleAsync(found, found.Namespace(), cancellationToken: Token);
                    break;
                case V1RoleBinding binding:
                    await admin.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
                        binding,
                        binding.Namespace(),
                        cancellationToken: Token
                    );
                    break;
                default:
                    Assert.Fail($"{one} is not expected in {file}");
                    break;
            }
        }

        return role ?? throw new InvalidDataException($"{file} has no ClusterRole.");
    }

    /// <summary>Writes a kubeconfig with a token of MeshPort's account.</summary>
    /// <returns>The token.</returns>
    private static async Task<string> LogInAsync(MeshPortHost host, IKubernetes admin, TestDirectory directory)
    {
        var issued = await admin.CoreV1.CreateNamespacedServiceAccountTokenAsync(
            new Authenticationv1TokenRequest { Spec = new V1TokenRequestSpec { Audiences = [] } },
            Account,
            Account,
            cancellationToken: Token
        );
        var config = KubernetesYaml.Deserialize<K8SConfiguration>(host.Sandbox.AdminKubeconfig(Walkthrough.Environment.ArmId));
        foreach (var user in config.Users)
        {
            user.UserCredentials = new UserCredentials { Token = issued.Status.Token };
        }

        await File.WriteAllTextAsync(Kubeconfig(directory), KubernetesYaml.Serialize(config), Token);
        return issued.Status.Token;
    }

    private static string Kubeconfig(TestDirectory directory) => Path.Combine(directory.Path, "lab.yaml");

    private static IEnumerable<string> Resources(V1ClusterRole role, string verb) =>
        Rights(role).Where(right => right.Verb == verb).Select(right => right.Resource).Order(StringComparer.Ordinal);

    private static IEnumerable<(string Verb, string Resource)> Rights(V1ClusterRole role) =>
        from rule in role.Rules
        from verb in rule.Verbs
        from @group in rule.ApiGroups
        from resource in rule.Resources
        select (verb, $"{@group}/{resource}");
}
