using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>Events that clients create: <c>events.k8s.io/v1</c> is stricter than the core group.</summary>
public sealed class EventValidationTests : IAsyncLifetime
{
    private const string GroupEvents = "/apis/events.k8s.io/v1/namespaces/default/events";
    private const string Events = "/api/v1/namespaces/default/events";
    private TestCluster _cluster = null!; // set by InitializeAsync before any test

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_whole_Event_of_either_group_is_accepted()
    {
        await _cluster.ExpectAsync(201, HttpMethod.Post, GroupEvents, Event("""{"metadata":{"name":"a"}}"""));
        await _cluster.ExpectAsync(
            201,
            HttpMethod.Post,
            Events,
            """{"metadata":{"name":"b"},"involvedObject":{"namespace":"default","name":"web"},"count":1}"""
        );
    }

    [Theory]
    [InlineData("""{"eventTime":null}""", "eventTime: Required value")]
    [InlineData("""{"reportingController":null}""", "reportingController: Required value")]
    [InlineData("""{"reportingInstance":""}""", "reportingInstance: Required value")]
    [InlineData("""{"action":null}""", "action: Required value")]
    [InlineData("""{"reason":null}""", "reason: Required value")]
    [InlineData("""{"type":"Error"}""", "has invalid value: Error")]
    [InlineData("""{"deprecatedCount":1}""", "count: Invalid value: \"\": needs to be unset")]
    [InlineData("""{"regarding":{"name":"node"},"metadata":{"namespace":"kube-public"}}""", "does not match event.namespace")]
    public async Task An_Event_of_the_new_group_without_a_field_is_refused(string change, string message)
    {
        var home = JsonNode.Parse(change)?["metadata"]?["namespace"]?.GetValue<string>() ?? "default";

        var refused = await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            GroupEvents.Replace("default", home, StringComparison.Ordinal),
            Event(change)
        );

        Assert.Contains(message, $"{refused["message"]}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_note_has_at_most_1024_bytes()
    {
        await _cluster.ExpectAsync(201, HttpMethod.Post, GroupEvents, Event($$"""{"note":"{{new string('x', 1024)}}"}"""));
        await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            GroupEvents,
            Event($$"""{"metadata":{"name":"web.2"},"note":"{{new string('x', 1023)}}é"}""")
        );
    }

    [Fact]
    public async Task An_Event_of_the_core_group_is_in_the_namespace_of_its_object() =>
        await _cluster.ExpectAsync(
            422,
            HttpMethod.Post,
            Events,
            """{"metadata":{"name":"b"},"involvedObject":{"namespace":"other","name":"web"}}"""
        );

    private static string Event(string change)
    {
        var body = Assert.IsType<JsonObject>(
            JsonNode.Parse(
                """
                {"metadata":{"name":"web.1"},"eventTime":"2026-01-01T00:00:00.000000Z","type":"Warning","reason":"PortTaken",
                "action":"Expose","reportingController":"meshport.io/discovery","reportingInstance":"one","note":"text",
                "regarding":{"kind":"Service","namespace":"default","name":"web"}}
                """
            )
        );
        foreach (var (name, value) in Assert.IsType<JsonObject>(JsonNode.Parse(change)))
        {
            if (name == "metadata")
            {
                body["metadata"]!["name"] = value?["name"]?.GetValue<string>() ?? "web.1"; // it has metadata
            }
            else
            {
                body[name] = value?.DeepClone();
            }
        }

        return body.ToJsonString();
    }
}
