using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Storage;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Paged lists and watches, as measured (kube-semantics, sections d and g).</summary>
public sealed class ListAndWatchTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task Point_17_a_watch_reports_an_expired_version_as_an_error_line_waits_for_a_future_one_and_refuses_an_invalid_one()
    {
        await using var cluster = await TestCluster.StartAsync();
        for (var number = 0; number < 40; number++)
        {
            // With the events of the cluster's start, more than the history keeps.
            await MakeAsync(cluster, $"big{number}", new string('x', 60_000));
        }

        for (var number = 0; number < 260; number++)
        {
            await MakeAsync(cluster, $"small{number}", "x");
        }

        var (code, body) = await cluster.SendAsync(HttpMethod.Get, $"{Maps}?watch=1&resourceVersion=1&timeoutSeconds=3");
        Assert.Equal(200, code);
        var line = JsonNode.Parse(body);
        Assert.Equal("ERROR", line.Text("type"));
        Assert.Equal((410L, "Expired"), (line.Number("object", "code"), line.Text("object", "reason")));
        Assert.StartsWith("too old resource version: 1 (", line.Text("object", "message"), StringComparison.Ordinal);
        Assert.Equal((200, ""), await cluster.SendAsync(HttpMethod.Get, $"{Maps}?watch=1&resourceVersion=99999999&timeoutSeconds=1"));
        var wrong = await cluster.ExpectAsync(500, HttpMethod.Get, $"{Maps}?watch=1&resourceVersion=abc");
        Assert.Equal("resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax", wrong.Text("message"));
        var late = await cluster.ExpectAsync(504, HttpMethod.Get, $"{Maps}?resourceVersion=99999999");
        Assert.Equal(("Timeout", 1L), (late.Text("reason"), late.Number("details", "retryAfterSeconds")));
    }

    [Fact]
    public async Task Point_18_a_token_of_a_compacted_state_is_410_with_a_token_that_continues_at_the_newest_state()
    {
        await using var cluster = await TestCluster.StartAsync();
        await MakeAsync(cluster, "a", "x");
        var old = new MeshPort.Sandbox.Kubernetes.Server.ContinueToken(1, "a").ToString();
        for (var number = 0; number < 300; number++)
        {
            await MakeAsync(cluster, $"m{number:D3}", new string('x', 5_000));
        }

        var expired = await cluster.ExpectAsync(410, HttpMethod.Get, $"{Maps}?limit=2&continue={old}");

        Assert.Equal("Expired", expired.Text("reason"));
        Assert.StartsWith(
            "The provided continue parameter is too old to display a consistent list result.",
            expired.Text("message"),
            StringComparison.Ordinal
        );
        var rest = await cluster.ExpectAsync(200, HttpMethod.Get, $"{Maps}?limit=2&continue={expired.Text("metadata", "continue")}");
        Assert.Equal(
            ["m000", "m001"],
            rest.Items("items").Select(item => item.Text("metadata", "name")).Where(name => name != "kube-root-ca.crt")
        );
        var exact = await cluster.ExpectAsync(410, HttpMethod.Get, $"{Maps}?resourceVersion=1&resourceVersionMatch=Exact");
        Assert.Equal("The resourceVersion for the provided list is too old.", exact.Text("message"));
    }

    [Fact]
    public async Task All_pages_of_a_list_show_the_same_state_despite_changes()
    {
        await using var cluster = await TestCluster.StartAsync();
        foreach (var name in new[] { "p1", "p2", "p3", "p4" })
        {
            await MakeAsync(cluster, name, "x", "paged");
        }

        var first = await cluster.ExpectAsync(200, HttpMethod.Get, $"{Maps}?limit=2&labelSelector=set=paged");
        await MakeAsync(cluster, "p25", "x", "paged");
        await cluster.SendAsync(HttpMethod.Delete, $"{Maps}/p3");
        await cluster.ExpectAsync(200, HttpMethod.Patch, $"{Maps}/p4", """{"data":{"k":"new"}}""", "application/merge-patch+json");
        var second = await cluster.ExpectAsync(
            200,
            HttpMethod.Get,
            $"{Maps}?limit=2&labelSelector=set=paged&continue={first.Text("metadata", "continue")}"
        );

        Assert.Equal(["p3", "p4"], second.Items("items").Select(item => item.Text("metadata", "name")));
        Assert.Equal("x", second.Items("items").Last().Text("data", "k"));
        Assert.Equal(first.Text("metadata", "resourceVersion"), second.Text("metadata", "resourceVersion"));
        Assert.Null(second.Text("metadata", "continue"));
        Assert.Null(first.Number("metadata", "remainingItemCount")); // absent with a selector
        var all = await cluster.ExpectAsync(200, HttpMethod.Get, $"{Maps}?limit=1");
        Assert.NotNull(all.Number("metadata", "remainingItemCount"));
        var then = await cluster.ExpectAsync(
            200,
            HttpMethod.Get,
            $"{Maps}?labelSelector=set=paged&resourceVersion={first.Text("metadata", "resourceVersion")}&resourceVersionMatch=Exact"
        );
        Assert.Equal(["p1", "p2", "p3", "p4"], then.Items("items").Select(item => item.Text("metadata", "name")));
    }

    [Theory]
    [InlineData(
        "resourceVersionMatch=Exact",
        422,
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless "
            + "resourceVersion is provided"
    )]
    [InlineData(
        "resourceVersion=0&resourceVersionMatch=Exact",
        422,
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for "
            + "resourceVersion \"0\""
    )]
    [InlineData(
        "resourceVersion=5&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIvYVx1MDAwMCJ9",
        400,
        "specifying resource version is not allowed when using continue"
    )]
    public async Task A_list_with_invalid_parameters_is_refused(string query, int code, string message)
    {
        await using var cluster = await TestCluster.StartAsync();

        Assert.Equal(message, (await cluster.ExpectAsync(code, HttpMethod.Get, $"{Maps}?{query}")).Text("message"));
    }

    [Fact]
    public async Task A_watch_continues_after_a_restart()
    {
        using var directory = new TestDirectory();
        var file = directory["sandbox.db"];
        string? seen;
        await using (var first = await TestCluster.StartAsync(stateFile: file))
        {
            seen = (await MakeAsync(first, "before", "x")).Text("metadata", "resourceVersion");
            await MakeAsync(first, "meanwhile", "x");
            await first.ExpectAsync(200, HttpMethod.Patch, $"{Maps}/meanwhile", """{"data":{"k":"y"}}""", "application/merge-patch+json");
            await first.SendAsync(HttpMethod.Delete, $"{Maps}/before");
        }

        await using var second = await TestCluster.StartAsync(stateFile: file);
        var (_, body) = await second.SendAsync(HttpMethod.Get, $"{Maps}?watch=1&resourceVersion={seen}&timeoutSeconds=1");

        var events = body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line))
            .Select(line => (line.Text("type"), line.Text("object", "metadata", "name")));
        Assert.Equal([("ADDED", "meanwhile"), ("MODIFIED", "meanwhile"), ("DELETED", "before")], events);
    }

    [Fact]
    public void A_history_that_ends_before_the_objects_is_discarded_after_a_restart()
    {
        using var world = new WorldStore(null);
        var store = new ObjectStore(world, "c");
        store.Put(
            ResourceCatalog.ConfigMap,
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = "a", ["namespace"] = "default" },
            }
        );

        var reopened = new ObjectStore(world, "c"); // a world in memory keeps no history

        Assert.Equal(store.Revision, reopened.Revision);
        Assert.Equal(410, Assert.Throws<KubeError>(() => reopened.Since(0)).Code);
        Assert.Empty(reopened.Since(reopened.Revision));
    }

    private static Task<JsonObject> MakeAsync(TestCluster cluster, string name, string content, string label = "other") =>
        cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Maps,
            $$$"""
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{"set":"{{{label}}}"}},
            "data":{"k":"{{{content}}}"}}
            """
        );
}
