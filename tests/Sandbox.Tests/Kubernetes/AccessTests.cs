using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Entra;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Access rights and the messages of refusals (the measured section "RBAC and server-side apply").</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string ApplyType = "application/apply-patch+yaml";
    private const string Body = """{"apiVersion":"v1","kind":"Service","metadata":{"name":"ssa"},"spec":{"ports":[{"port":80}]}}""";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() =>
        _cluster = await TestCluster.StartAsync(TestCluster.Shape with { AzureRbac = true, AdminGroups = ["admins"] });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_role_with_patch_applies_to_existing_objects_and_creates_none()
    {
        await GrantAsync("""[{"apiGroups":[""],"resources":["services"],"verbs":["patch"],"resourceNames":["ssa"]}]""");
        await AdminAsync(HttpMethod.Post, Services, Body);
        var token = await TokenAsync();

        Assert.Equal(200, (await SendAsync(token, HttpMethod.Patch, $"{Services}/ssa?fieldManager=x", Body, ApplyType)).Code);
        await RefusedAsync(
            token,
            HttpMethod.Patch,
            $"{Services}/ghost?fieldManager=x",
            "services \"ghost\" is forbidden: User \"system:serviceaccount:default:app\" cannot patch resource \"services\" in API "
                + "group \"\" in the namespace \"default\""
        );
        await RefusedAsync(
            token,
            HttpMethod.Put,
            $"{Services}/ssa",
            "services \"ssa\" is forbidden: User \"system:serviceaccount:default:app\" cannot update resource \"services\" in API group "
                + "\"\" in the namespace \"default\""
        );
        await RefusedAsync(
            token,
            HttpMethod.Patch,
            $"{Services}/ssa/status",
            "services \"ssa\" is forbidden: User \"system:serviceaccount:default:app\" cannot patch resource \"services/status\" in API "
                + "group \"\" in the namespace \"default\""
        );
        await AdminAsync(HttpMethod.Delete, $"{Services}/ssa");
        await RefusedAsync(
            token,
            HttpMethod.Patch,
            $"{Services}/ssa?fieldManager=x",
            "services \"ssa\" is forbidden: User \"system:serviceaccount:default:app\" cannot create resource \"services\" in API group "
                + "\"\" in the namespace \"default\""
        );
    }

    [Fact]
    public async Task A_list_of_one_name_is_authorized_for_that_name()
    {
        await GrantAsync("""[{"apiGroups":[""],"resources":["services"],"verbs":["list"],"resourceNames":["kubernetes"]}]""");
        var token = await TokenAsync();

        await RefusedAsync(
            token,
            HttpMethod.Get,
            Services,
            "services is forbidden: User \"system:serviceaccount:default:app\" cannot list resource \"services\" in API group \"\" in "
                + "the namespace \"default\""
        );
        Assert.Equal(200, (await SendAsync(token, HttpMethod.Get, $"{Services}?fieldSelector=metadata.name=kubernetes")).Code);
        await RefusedAsync(
            token,
            HttpMethod.Get,
            "/apis/networking.istio.io/v1/gateways",
            "gateways.networking.istio.io is forbidden: User \"system:serviceaccount:default:app\" cannot list resource \"gateways\" in "
                + "API group \"networking.istio.io\" at the cluster scope"
        );
        await RefusedAsync(
            token,
            HttpMethod.Get,
            "/metrics",
            "forbidden: User \"system:serviceaccount:default:app\" cannot get path \"/metrics\""
        );
    }

    [Fact]
    public async Task Impersonation_needs_the_verb_impersonate()
    {
        await GrantAsync("[]");
        var token = await TokenAsync();

        var (code, body) = await SendAsync(token, HttpMethod.Get, Services, headers: headers => headers.Add("Impersonate-User", "x"));

        Assert.Equal(403, code);
        Assert.Equal(
            "users \"x\" is forbidden: User \"system:serviceaccount:default:app\" cannot impersonate resource \"users\" in API group "
                + "\"\" at the cluster scope",
            body.Text("message")
        );
    }

    [Fact]
    public async Task A_token_is_invalid_without_its_account_and_a_stored_one_without_its_secret()
    {
        await GrantAsync("""[{"apiGroups":[""],"resources":["services"],"verbs":["list"]}]""");
        var bound = await TokenAsync();
        await AdminAsync(
            HttpMethod.Post,
            "/api/v1/namespaces/default/secrets",
            """
            {"metadata":{"name":"kept","annotations":{"kubernetes.io/service-account.name":"app"}},
            "type":"kubernetes.io/service-account-token"}
            """
        );
        var kept = Encoding.UTF8.GetString(
            Convert.FromBase64String(
                await Wait.ForAsync(
                    async () => (await AdminAsync(HttpMethod.Get, "/api/v1/namespaces/default/secrets/kept")).Text("data", "token"),
                    TestCluster.Token
                )
            )
        );
        Assert.Equal(200, (await SendAsync(bound, HttpMethod.Get, Services)).Code);
        Assert.Equal(200, (await SendAsync(kept, HttpMethod.Get, Services)).Code);

        await AdminAsync(HttpMethod.Delete, "/api/v1/namespaces/default/secrets/kept");
        Assert.Equal(401, (await SendAsync(kept, HttpMethod.Get, Services)).Code);
        await AdminAsync(HttpMethod.Delete, "/api/v1/namespaces/default/serviceaccounts/app");
        Assert.Equal(401, (await SendAsync(bound, HttpMethod.Get, Services)).Code);
    }

    [Fact]
    public async Task Azure_rbac_decides_first_and_admin_groups_are_administrators()
    {
        Assert.Equal(200, (await SendAsync(Entra(Application.UserIdentity.ObjectId), HttpMethod.Get, "/api/v1/secrets")).Code);
        Assert.Equal(200, (await SendAsync(Entra("ann", "admins"), HttpMethod.Get, "/api/v1/secrets")).Code);
        await RefusedAsync(
            Entra("bob"),
            HttpMethod.Get,
            "/api/v1/secrets",
            "secrets is forbidden: User \"bob\" cannot list resource \"secrets\" in API group \"\" at the cluster scope: User does not "
                + "have access to the resource in Azure. Update role assignment to allow access."
        );
        Assert.Equal(200, (await SendAsync(Entra("bob"), HttpMethod.Get, "/apis")).Code); // every authenticated user may discover
    }

    [Theory]
    [InlineData("view", "list", "pods", true)]
    [InlineData("view", "list", "secrets", false)]
    [InlineData("view", "create", "pods", false)]
    [InlineData("edit", "create", "pods", true)]
    [InlineData("edit", "list", "secrets", true)]
    [InlineData("cluster-admin", "delete", "nodes", true)]
    public async Task The_default_roles_allow_their_documented_verbs(string role, string verb, string resource, bool allowed)
    {
        await AdminAsync(
            HttpMethod.Post,
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            $$"""
            {"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"{{role}}"},
            "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"eve"}]}
            """
        );

        var review = await AdminAsync(
            HttpMethod.Post,
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            $$"""{ "spec": { "user": "eve", "resourceAttributes": { "verb": "{{verb}}", "resource": "{{resource}}" } } }"""
        );

        Assert.Equal(allowed, review.Flag("status", "allowed"));
        Assert.Equal(
            allowed ? $"RBAC: allowed by ClusterRoleBinding \"b\" of ClusterRole \"{role}\" to User \"eve\"" : null,
            review.Text("status", "reason")
        );
    }

    [Fact]
    public async Task An_aggregated_role_has_the_rules_of_the_selected_roles()
    {
        await AdminAsync(
            HttpMethod.Post,
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            """{"metadata":{"name":"sum"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"part":"yes"}}]},"rules":[]}"""
        );
        await AdminAsync(
            HttpMethod.Post,
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            """{"metadata":{"name":"part","labels":{"part":"yes"}},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}"""
        );

        await Wait.UntilAsync(
            async () =>
                (await AdminAsync(HttpMethod.Get, "/apis/rbac.authorization.k8s.io/v1/clusterroles/sum")).Items("rules").Count() == 1,
            TestCluster.Token
        );
    }

    [Fact]
    public async Task A_token_review_returns_the_user_of_a_token()
    {
        await GrantAsync("[]");
        var review = await AdminAsync(
            HttpMethod.Post,
            "/apis/authentication.k8s.io/v1/tokenreviews",
            new JsonObject { ["spec"] = new JsonObject { ["token"] = await TokenAsync() } }.ToJsonString()
        );

        Assert.True(review.Flag("status", "authenticated"));
        Assert.Equal("system:serviceaccount:default:app", review.Text("status", "user", "username"));
        Assert.Contains("system:serviceaccounts:default", review.Items("status", "user", "groups").Select(group => group.ToString()));
    }

    private string Entra(string objectId, params string[] groups) =>
        _cluster.World.Tokens.Issue(SandboxTokens.KubernetesAudience, new TokenIdentity(objectId, objectId, groups));

    /// <summary>Creates a service account <c>app</c> with a role of these rules.</summary>
    private async Task GrantAsync(string rules)
    {
        await AdminAsync(HttpMethod.Post, "/api/v1/namespaces/default/serviceaccounts", """{"metadata":{"name":"app"}}""");
        await AdminAsync(
            HttpMethod.Post,
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
            $$"""{"metadata":{"name":"app"},"rules":{{rules}}}"""
        );
        await AdminAsync(
            HttpMethod.Post,
            "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
            """
            {"metadata":{"name":"app"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"app"},
            "subjects":[{"kind":"ServiceAccount","name":"app","namespace":"default"}]}
            """
        );
    }

    private async Task<string> TokenAsync() =>
        (await AdminAsync(HttpMethod.Post, "/api/v1/namespaces/default/serviceaccounts/app/token", "{}")).Text("status", "token")
        ?? throw new InvalidOperationException("no token");

    private async Task<JsonNode> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        var (code, answer) = await _cluster.SendAsync(method, path, body);
        Assert.True(code < 300, answer);
        return JsonNode.Parse(answer) ?? throw new InvalidOperationException("an empty answer");
    }

    private async Task RefusedAsync(string token, HttpMethod method, string path, string message)
    {
        var (code, body) = await SendAsync(
            token,
            method,
            path,
            method == HttpMethod.Get ? null : Body,
            method == HttpMethod.Patch ? ApplyType : "application/json"
        );
        Assert.Equal(403, code);
        Assert.Equal(message, body.Text("message"));
    }

    private async Task<(int Code, JsonNode Body)> SendAsync(
        string token,
        HttpMethod method,
        string path,
        string? body = null,
        string contentType = "application/json",
        Action<HttpRequestHeaders>? headers = null
    )
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(method, new Uri(_cluster.Fleet.ApiServer(TestCluster.Id), path));
        request.Headers.Authorization = new("Bearer", token);
        headers?.Invoke(request.Headers);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = new(contentType);
        }

        using var response = await client.SendAsync(request, TestCluster.Token);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestCluster.Token)) ?? new JsonObject());
    }
}
