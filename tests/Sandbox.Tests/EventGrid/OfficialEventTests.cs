using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.EventGrid;
using MeshPort.Sandbox.Tests.ResourceManager;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

/// <summary>The sandbox's events contain every name of the official examples of their type, with the same JSON types.</summary>
public sealed class OfficialEventTests(ArmFixture arm) : IClassFixture<ArmFixture>
{
    /// <summary>Relative to the root of the repository. The reference is beside it.</summary>
    private const string Folder = "../shared/reference/arm/events";

    // Properties of examples that the sandbox omits, by the end of the path, and the reason.
    private static readonly (string Path, string Reason)[] Exceptions =
    [
        ("specVersion", "the official sample's slip: CloudEvents 1.0 spells it specversion"),
        ("_claim_names", "claims of a person; the sandbox's callers are applications"),
        ("_claim_sources", "as above"),
        ("http://schemas.microsoft.com/claims/authnclassreference", "as above"),
        ("http://schemas.microsoft.com/claims/authnmethodsreferences", "as above"),
        ("http://schemas.microsoft.com/2012/01/devicecontext/claims/identifier", "as above"),
        ("e_exp", "as above"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "as above"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "as above"),
        ("ipaddr", "as above"),
        ("claims.name", "as above"),
        ("onprem_sid", "as above"),
        ("puid", "as above"),
        ("http://schemas.microsoft.com/identity/claims/scope", "as above"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "as above"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "as above"),
    ];

    private static readonly string[] None = ["(the reference is not beside the repository)"];

    public static TheoryData<string> Examples => new(Directory.Exists(Root) ? Files : None);

    private static string Root => Path.GetFullPath(Path.Combine(Repository.Root, Folder));

    private static IEnumerable<string> Files =>
        Directory
            .EnumerateFiles(Root, "*.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.EndsWith(".response.json", StringComparison.Ordinal)) // the endpoint's answer
            .Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_event_has_the_names_and_types_of_the_official_example(string name)
    {
        Assert.SkipUnless(
            Directory.Exists(Root),
            $"The official events are looked for in {Folder}, beside the repository, and are not there."
        );
        var document = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Root, name), TestContext.Current.CancellationToken))!;
        var expected = (document is JsonArray many ? many[0]! : document).AsObject();
        await using var hook = await WebHook.StartAsync();

        var actual = await RaiseAsync(name, expected, hook);

        Assert.Equal($"{expected["eventType"] ?? expected["type"]}", $"{actual["eventType"] ?? actual["type"]}");
        Assert.Empty(Unlike(expected, actual, ""));
        Assert.Empty(
            actual
                .Select(property => property.Key)
                .Except(expected.Select(property => property.Key == "specVersion" ? "specversion" : property.Key))
        );
    }

    private static IEnumerable<string> Unlike(JsonNode expected, JsonNode? actual, string path) =>
        (expected, actual) switch
        {
            (JsonObject names, JsonObject there) => names
                .Where(property => !IsExcepted($"{path}.{property.Key}"))
                .SelectMany(property => Unlike(property.Value!, there[property.Key], $"{path}.{property.Key}")),
            (_, null) => [$"{path} is missing"],
            _ when expected.GetValueKind() != actual.GetValueKind() =>
            [
                $"{path} is {actual.GetValueKind()}, not {expected.GetValueKind()}",
            ],
            _ when IsTime(expected) && !IsTime(actual) => [$"{path} is no time"],
            _ => [],
        };

    private static bool IsExcepted(string path) =>
        Exceptions.Any(exception => path.EndsWith("." + exception.Path, StringComparison.Ordinal));

    private static bool IsTime(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.String
        && DateTimeOffset.TryParseExact($"{node}", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", null, default, out _);

    /// <summary>Causes the event of the example.</summary>
    private async Task<JsonObject> RaiseAsync(string name, JsonObject expected, WebHook hook)
    {
        var group = $"official-{Guid.NewGuid():N}";
        await arm.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
        var schema = name.StartsWith("cloudevents/", StringComparison.Ordinal) ? "CloudEventSchemaV1_0" : "EventGridSchema";
        var type = $"{expected["eventType"] ?? expected["type"]}";
        if (type == "Microsoft.EventGrid.SubscriptionValidationEvent")
        {
            await Grid.SubscribeAsync(arm.Clients, Grid.Group(group), "mine", hook.Url);
            return JsonNode.Parse(hook.Handshakes[0].Body)![0]!.AsObject();
        }

        var steps = new ClusterSteps(arm, group);
        await steps.CreateAsync();
        if (type.StartsWith("Microsoft.ContainerService.", StringComparison.Ordinal))
        {
            await Grid.SubscribeAsync(arm.Clients, steps.Id, "mine", hook.Url, $$"""{"eventDeliverySchema":"{{schema}}"}""");
            arm.Sandbox.Events.Publish(
                steps.Id,
                ContainerServiceEvent.Create(type, expected["data"]!.AsObject().ToDictionary(field => field.Key, field => $"{field.Value}"))
            );
            return (await hook.EventsAsync(1))[0];
        }

        await Grid.SubscribeAsync(
            arm.Clients,
            Grid.Group(group),
            "mine",
            hook.Url,
            $$$"""{"eventDeliverySchema":"{{{schema}}}","filter":{"includedEventTypes":["{{{type}}}"],"subjectEndsWith":"1"}}"""
        );
        await (
            type switch
            {
                "Microsoft.Resources.ResourceActionSuccess" => steps.SendAsync("POST", "/listClusterUserCredential"),
                "Microsoft.Resources.ResourceDeleteSuccess" => steps.SendAsync("DELETE"),
                _ => arm.SendAsync("PUT", ArmFixture.NetworkPath(group, "networkSecurityGroups", "n1"), """{"location":"eastus2"}"""),
            }
        );
        return (await hook.EventsAsync(1))[0];
    }
}
