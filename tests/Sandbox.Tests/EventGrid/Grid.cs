using System.Text.Json.Nodes;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

/// <summary>Creates event subscriptions over ARM, without an SDK.</summary>
internal static class Grid
{
    /// <summary>Properties of a subscription to network events. They exclude the event of the subscription's own creation.</summary>
    public const string NetworksOnly =
        """{"filter":{"advancedFilters":[{"operatorType":"StringIn","key":"data.resourceProvider","values":["Microsoft.Network"]}]}}""";

    private const string ApiVersion = "?api-version=2025-02-15";

    public static string Group(string name) => $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/{name}";

    public static string Path(string scope, string name = "", string action = "")
    {
        var provider = scope.Contains("/systemTopics/", StringComparison.Ordinal) ? "" : "providers/Microsoft.EventGrid/";
        return $"{scope}/{provider}eventSubscriptions{(name.Length > 0 ? "/" + name : "")}{action}{ApiVersion}";
    }

    public static string TopicPath(string group, string name) => $"{Topic(group, name)}{ApiVersion}";

    public static string Topic(string group, string name) => $"{Group(group)}/providers/Microsoft.EventGrid/systemTopics/{name}";

    public static JsonObject Body(string endpoint, string? properties = null)
    {
        var body = JsonNode.Parse(properties ?? "{}")!.AsObject();
        body["destination"] ??= new JsonObject
        {
            ["endpointType"] = "WebHook",
            ["properties"] = new JsonObject { ["endpointUrl"] = endpoint },
        };
        return new JsonObject { ["properties"] = body };
    }

    /// <summary>Creates an event subscription and waits for its operation.</summary>
    /// <returns>The operation's last status.</returns>
    public static async Task<JsonObject> SubscribeAsync(
        SandboxClients clients,
        string scope,
        string name,
        string endpoint,
        string? properties = null
    )
    {
        var (status, body, message) = await ArmFixture.SendAsync(
            clients,
            "PUT",
            Path(scope, name),
            Body(endpoint, properties).ToJsonString()
        );
        Assert.True(status == 201, body.ToJsonString());
        return await EndAsync(clients, message);
    }

    public static async Task<JsonObject> EndAsync(SandboxClients clients, HttpResponseMessage message)
    {
        var poll = new Uri(Assert.Single(message.Headers.GetValues("Azure-AsyncOperation"))).PathAndQuery;
        return await Wait.ForAsync(
            async () =>
                (await ArmFixture.SendAsync(clients, "GET", poll)).Body is var operation
                && operation["status"]!.GetValue<string>() != "InProgress"
                    ? operation
                    : null,
            TestContext.Current.CancellationToken
        );
    }

    public static async Task PutNetworkAsync(SandboxClients clients, string group, string name)
    {
        var (status, body, _) = await ArmFixture.SendAsync(
            clients,
            "PUT",
            ArmFixture.NetworkPath(group, "virtualNetworks", name),
            """{"location":"eastus2","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]}}}"""
        );
        Assert.True(status == 201, body.ToJsonString());
    }

    /// <summary>Properties of a subscription plus others.</summary>
    public static string With(this string properties, string more)
    {
        var both = JsonNode.Parse(properties)!.AsObject(); // both are objects, written here
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
        {
            both[name] = value?.DeepClone();
        }

        return both.ToJsonString();
    }

    /// <summary>Events of writes, except to event subscriptions, by the name of the resource.</summary>
    public static IEnumerable<string> Names(this IEnumerable<JsonObject> events) =>
        events
            .Select(one => one["subject"]!.GetValue<string>())
            .Where(subject => !subject.Contains("eventSubscriptions", StringComparison.Ordinal))
            .Select(subject => subject[(subject.LastIndexOf('/') + 1)..]);
}
