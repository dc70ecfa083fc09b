using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Controllers;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;
using static MeshPort.Sandbox.Tests.Kubernetes.AdmissionServer;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Webhooks of clients, with real calls.</summary>
public sealed class AdmissionWebhookTests
{
    private const string Registrations = "/apis/admissionregistration.k8s.io/v1";
    private const string Validating = $"{Registrations}/validatingwebhookconfigurations";
    private const string Mutating = $"{Registrations}/mutatingwebhookconfigurations";
    private const string Map = """{"metadata":{"name":"m"},"data":{"a":"b"} }""";
    private const string Nobody = "https://127.0.0.1:9/review";

    [Fact]
    public async Task A_refusal_is_the_answer_to_the_request()
    {
        await using var server = await StartAsync(_ => Deny("not today"));
        await using var cluster = await WithAsync(Validating, server.Configuration("ValidatingWebhookConfiguration"));

        var refusal = await cluster.RefusedAsync(
            400,
            "admission webhook \"hook.example.com\" denied the request: not today",
            HttpMethod.Post,
            $"{Core}/configmaps",
            Map
        );

        Assert.Null(refusal["reason"]);
        var asked = Assert.Single(server.Requests);
        Assert.Equal(("CREATE", "m", "default"), (asked.Text("operation"), asked.Text("name"), asked.Text("namespace")));
        Assert.Equal("b", asked.Text("object", "data", "a"));
        Assert.Equal("configmaps", asked.Text("resource", "resource"));
        Assert.Equal("meshport-sandbox-admin", asked.Text("userInfo", "username"));
    }

    [Fact]
    public async Task A_webhook_chooses_the_code_and_sees_updates_and_deletions()
    {
        await using var server = await StartAsync(asked => asked.Text("operation") == "CREATE" ? Allow() : Deny("fixed", 403));
        await using var cluster = await WithAsync(Validating, server.Configuration("ValidatingWebhookConfiguration"));
        await cluster.CreateAsync($"{Core}/configmaps", Map);

        await cluster.ExpectAsync(403, HttpMethod.Patch, $"{Core}/configmaps/m", """{"data":{"a":"c"} }""", Merge);
        await cluster.ExpectAsync(403, HttpMethod.Delete, $"{Core}/configmaps/m");

        var deletion = server.Requests.Single(asked => asked.Text("operation") == "DELETE");
        Assert.Null(deletion["object"]);
        Assert.Equal("b", deletion.Text("oldObject", "data", "a"));
    }

    [Fact]
    public async Task A_patch_changes_the_object_also_of_a_controllers_pods()
    {
        await using var server = await StartAsync(asked =>
            asked.Text("operation") == "CREATE" ? Patch("""[{"op":"add","path":"/metadata/labels","value":{"hooked":"yes"} }]""") : Allow()
        );
        await using var cluster = await WithAsync(Mutating, server.Configuration("MutatingWebhookConfiguration"));

        Assert.Equal("yes", (await cluster.CreateAsync($"{Core}/configmaps", Map)).Text("metadata", "labels", "hooked"));
        await cluster.CreateAsync(
            $"{Apps}/daemonsets",
            $$"""{"metadata":{"name":"agent"},"spec":{{Spec("agent", """{"name":"c","image":"nginx"}""")}} }"""
        );

        await Wait.UntilAsync(
            async () =>
                await cluster.ListAsync($"{Core}/pods") is { Length: 2 } pods
                && pods.All(pod => pod.Text("metadata", "labels", "hooked") == "yes"),
            TestCluster.Token
        );
        Assert.Contains(
            server.Requests,
            asked => asked.Text("userInfo", "username") == "system:serviceaccount:kube-system:daemonset-controller"
        );
    }

    [Fact]
    public async Task A_webhook_that_does_not_answer_fails_the_request_or_is_ignored()
    {
        await using var server = await StartAsync(_ => Allow());
        await using var cluster = await WithAsync(Validating, server.Configuration("ValidatingWebhookConfiguration", url: Nobody));

        await cluster.RefusedAsync(
            500,
            "Internal error occurred: failed calling webhook \"hook.example.com\": failed to call webhook: Post "
                + "\"https://127.0.0.1:9/review?timeout=10s\": dial tcp 127.0.0.1:9: connect: connection refused",
            HttpMethod.Post,
            $"{Core}/configmaps",
            Map
        );
        await cluster.PatchAsync(
            $"{Validating}/hook",
            System
                .Text.Json.Nodes.JsonNode.Parse(
                    server.Configuration("ValidatingWebhookConfiguration", ""","failurePolicy":"Ignore" """, Nobody)
                )!
                .ToJsonString()
        );
        await cluster.CreateAsync($"{Core}/configmaps", Map);
    }

    [Fact]
    public async Task A_slow_webhook_times_out()
    {
        var asked = new TaskCompletionSource();
        await using var server = await StartAsync(async _ =>
        {
            await asked.Task;
            return Allow();
        });
        await using var cluster = await WithAsync(
            Validating,
            server.Configuration("ValidatingWebhookConfiguration", ""","timeoutSeconds":1""")
        );

        var refusal = await cluster.ExpectAsync(500, HttpMethod.Post, $"{Core}/configmaps", Map);

        asked.SetResult();
        Assert.EndsWith("?timeout=1s\": context deadline exceeded", refusal.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_may_write_to_the_cluster_that_asks_it()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var server = await StartAsync(async asked =>
        {
            if (asked.Text("resource", "resource") == "pods")
            {
                await cluster.CreateAsync($"{Core}/secrets", """{"metadata":{"name":"made"} }""");
            }

            return Allow();
        });
        await cluster.CreateAsync(Validating, server.Configuration("ValidatingWebhookConfiguration"));

        await cluster.CreateAsync($"{Core}/pods", Pod("p", """{"name":"c","image":"nginx"}"""));

        await cluster.ReadAsync($"{Core}/secrets/made");
    }

    [Fact]
    public async Task A_webhook_sees_only_what_its_selectors_and_conditions_match()
    {
        await using var server = await StartAsync(_ => Deny("seen"));
        await using var cluster = await WithAsync(
            Validating,
            server.Configuration(
                "ValidatingWebhookConfiguration",
                """
                ,"objectSelector":{"matchLabels":{"watched":"yes"} },
                "matchConditions":[{"name":"n","expression":"request.name != 'free'"}]
                """
            )
        );

        await cluster.CreateAsync($"{Core}/configmaps", Map);
        await cluster.CreateAsync($"{Core}/configmaps", """{"metadata":{"name":"free","labels":{"watched":"yes"} } }""");
        await cluster.ExpectAsync(
            400,
            HttpMethod.Post,
            $"{Core}/configmaps",
            """{"metadata":{"name":"other","labels":{"watched":"yes"} } }"""
        );
        await cluster.CreateAsync(
            "/api/v1/namespaces/kube-system/configmaps",
            """{"metadata":{"name":"x","labels":{"watched":"yes"} } }"""
        );
    }

    [Fact]
    public async Task A_dry_run_needs_a_webhook_without_side_effects()
    {
        await using var server = await StartAsync(_ => Allow());
        var hook = server.Configuration("ValidatingWebhookConfiguration");
        await using var cluster = await WithAsync(Validating, hook);

        await cluster.CreateAsync($"{Core}/configmaps?dryRun=All", Map);

        Assert.True(Assert.Single(server.Requests).Flag("dryRun"));
        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, $"{Core}/configmaps/m")).Code);
        await cluster.RefusedAsync(
            422,
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io \"some\" is invalid: webhooks[0].sideEffects: Unsupported value: "
                + "\"Some\": supported values: \"None\", \"NoneOnDryRun\"",
            HttpMethod.Post,
            Validating,
            hook.Replace("\"None\"", "\"Some\"", StringComparison.Ordinal)
                .Replace("\"name\":\"hook\"", "\"name\":\"some\"", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_webhook_in_the_cluster_has_no_server()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            Validating,
            """
            {"metadata":{"name":"hook"},"webhooks":[{"name":"hook.example.com","admissionReviewVersions":["v1"],"sideEffects":"None",
            "clientConfig":{"service":{"namespace":"default","name":"hook","path":"/check"} },
            "rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["configmaps"]}]}]}
            """
        );

        await cluster.RefusedAsync(
            500,
            "Internal error occurred: failed calling webhook \"hook.example.com\": failed to call webhook: Post "
                + "\"https://hook.default.svc:443/check?timeout=10s\": service \"hook\" not found",
            HttpMethod.Post,
            $"{Core}/configmaps",
            Map
        );
    }

    [Fact]
    public async Task Aks_exempts_its_own_namespaces()
    {
        await using var server = await StartAsync(_ => Allow());
        await using var cluster = await WithAsync(Mutating, server.Configuration("MutatingWebhookConfiguration"));

        var hook = (await cluster.ReadAsync($"{Mutating}/hook")).Items("webhooks").First();

        Assert.Equal(
            ["control-plane", "kubernetes.azure.com/managedby"],
            hook.Items("namespaceSelector", "matchExpressions").Select(expression => expression.Text("key"))
        );
    }

    /// <summary>A cluster with a webhook that AKS has exempted its namespaces from.</summary>
    private static async Task<TestCluster> WithAsync(string path, string configuration)
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(path, configuration);
        await cluster.UntilAsync(
            $"{path}/hook",
            found => found.Items("webhooks").First().Items("namespaceSelector", "matchExpressions").Any()
        );
        return cluster;
    }
}
