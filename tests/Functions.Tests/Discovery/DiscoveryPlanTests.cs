using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Discovery;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Discovery;

/// <summary>
/// The cases of <see cref="DiscoveryPlan"/>: <c>discover</c> of the cluster's spec, the <c>namespaces</c> that it selects, the
/// <c>services</c>, and the <c>exposures</c> of the cluster by name, each with its <c>owner</c>.
/// </summary>
public sealed class DiscoveryPlanTests
{
    private const string Folder = "Discovery/Plan";

    public static TheoryData<string> Cases => PlanFolder.Names(Folder);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Plan(string name)
    {
        var directory = PlanFolder.Of(Folder, name);
        var found = Assert.IsType<JsonObject>(JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "case.json"))));
        var spec = new JsonObject { ["location"] = "eastus2", ["discover"] = found["discover"]?.DeepClone() };
        var plan = DiscoveryPlan.Of(
            PlanFolder.Valid(ClusterValidator.Validate(Element(spec))),
            (found["namespaces"] as JsonArray ?? []).Select(one => $"{one}").ToHashSet(),
            (found["services"] as JsonArray ?? []).OfType<JsonObject>(),
            [.. (found["exposures"] as JsonObject ?? []).Select(one => Exposure(one.Key, Assert.IsType<JsonObject>(one.Value)))]
        );

        PlanFolder.Expect(
            directory,
            JsonSerializer.Serialize(
                new
                {
                    changes = plan.Changes.Select(change => new
                    {
                        change.Name,
                        owner = $"{change.Owner}",
                        change.Spec?.Port,
                        backends = change.Spec?.Backends.Select(backend => $"{backend.Namespace}/{backend.Service}:{backend.Port}"),
                        sources = change.Spec?.AllowedSources,
                        action = change.Spec is null ? "delete" : "put",
                    }),
                    answers = plan.Services.ToDictionary(
                        service => $"{service.Owner}",
                        service => service.Asks.Select(ask => ask.Refusal is { } refusal ? (object)refusal : ask.Exposure)
                    ),
                },
                PlanFolder.Indented
            )
        );
    }

    [Theory]
    [InlineData("web", 9000)]
    [InlineData("a-service-with-a-name-of-almost-sixty-three-characters-in-total", 65000)]
    [InlineData("0-begins-with-a-digit", 25)]
    public void A_name_is_valid_and_tells_service_and_port(string service, int port)
    {
        var name = DiscoveryPlan.NameOf(new ServiceOwner("shop", service), port);

        Assert.Null(ExposureValidator.Name.Problem(name));
        Assert.Contains($"-{port}-", name, StringComparison.Ordinal);
    }

    [Fact]
    public void Services_whose_names_and_namespaces_read_alike_have_different_names() =>
        Assert.NotEqual(DiscoveryPlan.NameOf(new ServiceOwner("a-b", "c"), 9000), DiscoveryPlan.NameOf(new ServiceOwner("a", "b-c"), 9000));

    private static Resource<ExposureSpec> Exposure(string name, JsonObject found)
    {
        var owner = found["owner"]?.GetValue<string>().Split('/');
        var metadata = Metadata.Next(null, $"/exposures/{name}", name, DateTimeOffset.UnixEpoch) with
        {
            Owner = owner is null ? null : new ServiceOwner(owner[0], owner[1]),
            DeletedAt = found["deleted"] is null ? null : DateTimeOffset.UnixEpoch,
        };
        return new Resource<ExposureSpec>(
            PlanFolder.Valid(ExposureValidator.Validate(Element(found["spec"]))),
            metadata,
            ResourceStatus.New(ConditionTypes.OfExposure, DateTimeOffset.UnixEpoch)
        );
    }

    private static JsonElement Element(JsonNode? node) => JsonSerializer.SerializeToElement(node, MeshPortJson.Options);
}
