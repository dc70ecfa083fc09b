using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Controllers;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>The handling of dependents when their owner is deleted.</summary>
public sealed class DeletionTests : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Dependents_are_deleted_with_their_last_owner()
    {
        var (first, second) = (await MakeAsync("first"), await MakeAsync("second"));
        await MakeAsync("both", first, second);
        await MakeAsync("child", first);
        await MakeAsync("grandchild", await GetAsync("child"));

        await _cluster.ExpectAsync(200, HttpMethod.Delete, $"{Maps}/first");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/child");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/grandchild");
        Assert.Equal(["second"], (await GetAsync("both")).Items("metadata", "ownerReferences").Select(owner => owner.Text("name")));

        await _cluster.ExpectAsync(200, HttpMethod.Delete, $"{Maps}/second");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/both");
    }

    [Theory]
    [InlineData("", """{"propagationPolicy":"Orphan"}""")]
    [InlineData("", """{"orphanDependents":true}""")]
    [InlineData("?propagationPolicy=Orphan", null)]
    public async Task Orphans_stay_without_owner_references(string query, string? options)
    {
        await MakeAsync("child", await MakeAsync("owner"));

        await _cluster.ExpectAsync(200, HttpMethod.Delete, $"{Maps}/owner{query}", options);

        Assert.Null((await GetAsync("child")).At("metadata", "ownerReferences"));
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/owner");
    }

    [Fact]
    public async Task Foreground_deletion_of_an_owner_waits_for_blocking_dependents()
    {
        await MakeAsync("child", await MakeAsync("owner"));
        await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Maps}/child",
            """{"metadata":{"finalizers":["example.org/hold"]}}""",
            "application/merge-patch+json"
        );

        await _cluster.ExpectAsync(200, HttpMethod.Delete, $"{Maps}/owner", """{"propagationPolicy":"Foreground"}""");
        var owner = await GetAsync("owner");
        Assert.Equal(["foregroundDeletion"], owner.Items("metadata", "finalizers").Select(item => item.ToString()));
        Assert.NotNull(owner.Text("metadata", "deletionTimestamp"));

        await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Maps}/child",
            """{"metadata":{"finalizers":null}}""",
            "application/merge-patch+json"
        );
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/child");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/owner");
    }

    [Fact]
    public async Task Foreground_deletion_is_immediate_when_nothing_holds_the_dependents()
    {
        await MakeAsync("child", await MakeAsync("owner"));

        await _cluster.ExpectAsync(200, HttpMethod.Delete, $"{Maps}/owner", """{"propagationPolicy":"Foreground"}""");

        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/child");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/owner");
    }

    [Theory]
    [InlineData("Foreground")]
    [InlineData("Background")]
    public async Task Owners_in_a_cycle_are_all_deleted(string policy)
    {
        var first = await MakeAsync("first");
        var third = await MakeAsync("third", await MakeAsync("second", first));
        await _cluster.ExpectAsync(
            200,
            HttpMethod.Patch,
            $"{Maps}/first",
            new JsonObject { ["metadata"] = new JsonObject { ["ownerReferences"] = new JsonArray(Reference(third)) } }.ToJsonString(),
            "application/merge-patch+json"
        );

        await _cluster.ExpectAsync(200, HttpMethod.Delete, $"{Maps}/first", $$"""{"propagationPolicy":"{{policy}}"}""");

        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/first");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/second");
        await _cluster.ExpectAsync(404, HttpMethod.Get, $"{Maps}/third");
    }

    [Fact]
    public async Task Objects_that_are_written_with_owners_that_do_not_exist_are_collected()
    {
        var owner = await MakeAsync("owner");
        var absent = Reference(owner);
        absent["uid"] = "11111111-1111-4111-8111-111111111111"; // the name was given to another object
        var unknown = Reference(owner);
        unknown["kind"] = "Nothing";

        await MakeAsync("orphan", references: [absent]);
        await MakeAsync("half", references: [(JsonObject)absent.DeepClone(), Reference(owner)]);
        await MakeAsync("unknown", references: [unknown]);

        await Wait.UntilAsync(async () => (await _cluster.SendAsync(HttpMethod.Get, $"{Maps}/orphan")).Code == 404, TestCluster.Token);
        var half = await _cluster.UntilAsync($"{Maps}/half", map => map.Items("metadata", "ownerReferences").Count() == 1);
        Assert.Equal(owner.Uid(), half.Items("metadata", "ownerReferences").Single().Text("uid"));
        await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Maps}/unknown"); // its owner cannot be looked up
    }

    [Fact]
    public async Task An_invalid_policy_and_a_collection_over_all_namespaces_are_refused()
    {
        await MakeAsync("owner");

        var unknown = await _cluster.ExpectAsync(422, HttpMethod.Delete, $"{Maps}/owner", """{"propagationPolicy":"Never"}""");
        Assert.Equal("propagationPolicy", unknown.Items("details", "causes").Single().Text("field"));
        await _cluster.ExpectAsync(422, HttpMethod.Delete, $"{Maps}/owner", """{"propagationPolicy":"Orphan","orphanDependents":true}""");
        await _cluster.ExpectAsync(405, HttpMethod.Delete, "/api/v1/configmaps");
        Assert.Equal("owner", (await GetAsync("owner")).Name());
    }

    private async Task<JsonObject> GetAsync(string name) => await _cluster.ExpectAsync(200, HttpMethod.Get, $"{Maps}/{name}");

    private Task<JsonObject> MakeAsync(string name, params JsonObject[] owners) => MakeAsync(name, owners.Select(Reference));

    private async Task<JsonObject> MakeAsync(string name, IEnumerable<JsonObject> references) =>
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Maps,
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = name, ["ownerReferences"] = new JsonArray([.. references]) },
            }.ToJsonString()
        );

    private static JsonObject Reference(JsonObject owner) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["name"] = owner.Name(),
            ["uid"] = owner.Uid(),
            ["blockOwnerDeletion"] = true,
        };
}
