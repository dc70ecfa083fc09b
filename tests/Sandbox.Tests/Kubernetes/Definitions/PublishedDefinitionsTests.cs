using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Definitions;
using MeshPort.Sandbox.Kubernetes.Definitions.Cel;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes.Definitions;

/// <summary>
/// Compares the embedded definitions with the published ones beside the repository, if that reference material is available.
/// </summary>
public sealed class PublishedDefinitionsTests
{
    [Fact]
    public void Every_published_definition_is_embedded_with_every_version_and_its_whole_schema()
    {
        foreach (var published in Published())
        {
            var name = published.Name();
            var whole = CustomDefinition.Whole(
                CustomDefinition
                    .Load(name)
                    .Lean([.. published.Items("spec", "versions").Select(version => version.Text("name") ?? "")], [], [])
            );
            foreach (var version in published.Items("spec", "versions"))
            {
                var ours = whole.Items("spec", "versions").Single(other => other.Text("name") == version.Text("name"));
                Assert.True(
                    JsonNode.DeepEquals(WithoutDescriptions(version["schema"], properties: false), ours["schema"]),
                    $"{name} {version.Text("name")}"
                );
            }
        }
    }

    [Fact]
    public void Every_rule_of_the_published_definitions_is_evaluated()
    {
        var rules = Published().SelectMany(definition => Rules(definition)).ToArray();
        foreach (var rule in rules)
        {
            Assert.NotNull(CelRule.Read(rule)); // throws for unsupported expressions
        }

        Assert.SkipWhen(rules.Length == 0, "The published definitions are not at hand.");
        Assert.True(rules.Length > 150, $"{rules.Length} rules");
    }

    [Theory]
    [InlineData("self.all(x, x.a == 1 || x.b)", """[{"a":1},{"a":2,"b":true}]""", true)]
    [InlineData("self.exists_one(x, x == 'a')", """["a","a"]""", false)]
    [InlineData("has(self.a) ? self.a.size() > 1 : true", """{"a":"x"}""", false)]
    [InlineData("self.a in ['x', 'y'] && !has(self.b)", """{"a":"x"}""", true)]
    [InlineData("self.missing == 1 || self.a == 1", """{"a":1}""", true)]
    [InlineData("duration(self) >= duration('1ms')", "\"1h30m\"", true)]
    [InlineData("duration(self) >= duration('1ms')", "\"999us\"", false)]
    [InlineData("self.split(\"/\")[0].size() < 3", "\"ab/cdef\"", true)]
    [InlineData("self.__namespace__ == 'n'", """{"namespace":"n"}""", true)]
    [InlineData("(has(self.a) ? 1 : 0) + (has(self.b) ? 1 : 0) <= 1", """{"a":1,"b":2}""", false)]
    public void A_rule_holds_or_not(string rule, string value, bool holds) =>
        // The values are not null.
        Assert.Equal(holds, CelRule.Read(new JsonObject { ["rule"] = rule }).Refusal(JsonNode.Parse(value)!, null) is null);

    [Theory]
    [InlineData("self.unknownFunction(1)")]
    [InlineData("self ==")]
    [InlineData("self.all(x)")]
    public void An_unsupported_rule_fails_to_load(string rule) =>
        Assert.Throws<NotSupportedException>(() => CelRule.Read(new JsonObject { ["rule"] = rule }));

    private static IEnumerable<JsonObject> Published()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var crds = Path.Combine(folder.FullName, "shared", "reference", "crds");
            if (Directory.Exists(crds))
            {
                // Every file is an object.
                return Directory.EnumerateFiles(crds, "*.yaml").Select(file => (JsonObject)KubeRequestBody.Yaml(File.ReadAllText(file))!);
            }
        }

        return [];
    }

    private static IEnumerable<JsonNode> Rules(JsonNode? node) =>
        node switch
        {
            JsonObject map => map.Items("x-kubernetes-validations").Concat(map.SelectMany(pair => Rules(pair.Value))),
            JsonArray list => list.SelectMany(Rules),
            _ => [],
        };

    /// <param name="properties">The node's keys are field names. A field may be named "description".</param>
    private static JsonNode? WithoutDescriptions(JsonNode? node, bool properties) =>
        node switch
        {
            JsonObject map => new JsonObject(
                map.Where(pair => properties || pair.Key != "description")
                    .Select(pair => KeyValuePair.Create(pair.Key, WithoutDescriptions(pair.Value, pair.Key == "properties" && !properties)))
            ),
            JsonArray list => new JsonArray([.. list.Select(item => WithoutDescriptions(item, properties: false))]),
            _ => node?.DeepClone(),
        };
}
