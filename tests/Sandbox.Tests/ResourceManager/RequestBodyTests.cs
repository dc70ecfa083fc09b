using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class RequestBodyTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    [Fact]
    public async Task AKS_names_an_unknown_field()
    {
        await StartAsync("body1");
        var (status, body, _) = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("body1", "c"),
            ArmFixture.Cluster(cluster => cluster["properties"]!["addProfile"] = new JsonObject())
        );

        Assert.Equal((400, "UnmarshalError"), (status, body["code"]?.GetValue<string>()));
        Assert.Contains(
            "json: unknown field \"addProfile\" Check that the field is in the right location",
            body["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        Assert.True(body.ContainsKey("details"));
        Assert.Equal("", body["subcode"]?.GetValue<string>());
    }

    [Theory]
    [InlineData("2025-10-01", 400)]
    [InlineData("2026-03-01", 201)]
    [InlineData("2026-08-02-preview", 201)]
    public async Task A_field_is_known_from_its_first_version(string apiVersion, int status)
    {
        await StartAsync("body2");
        var body = ArmFixture.Cluster(cluster =>
            cluster["properties"]!["ingressProfile"] = JsonNode.Parse("""{"gatewayAPI":{"installation":"Standard"}}""")
        );

        var answer = await fixture.SendAsync(
            "PUT",
            $"{SandboxClients.ClusterId("body2", $"c{apiVersion}")}?api-version={apiVersion}",
            body
        );

        Assert.Equal(status, answer.Status);
    }

    [Theory]
    [InlineData(
        """{"enableRBAC":"yes"}""",
        "UnmarshalError",
        "cannot unmarshal string into Go struct field properties.enableRBAC of type bool"
    )]
    [InlineData("""{"agentPoolProfiles":[{"name":"a","count":"3"}]}""", "UnmarshalError", "of type int32")]
    [InlineData("""{"linuxProfile":{"adminUsername":"me"}}""", "InvalidParameter", "linuxProfile.ssh")]
    [InlineData("""{"supportPlan":"None"}""", "InvalidParameter", "Allowed values: KubernetesOfficial, AKSLongTermSupport")]
    public async Task A_value_of_the_wrong_type_is_refused(string properties, string code, string message)
    {
        await StartAsync("body3");
        var (status, body, _) = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("body3", "c"),
            new JsonObject { ["location"] = "eastus2", ["properties"] = JsonNode.Parse(properties) }.ToJsonString()
        );

        Assert.Equal((400, code), (status, ArmFixture.Code(body)));
        Assert.Contains(message, body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_only_properties_may_be_sent_back_and_are_ignored()
    {
        await StartAsync("body4");
        await fixture.SendAsync("PUT", ArmFixture.ClusterPath("body4", "c"), ArmFixture.Cluster());
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var read = (await fixture.SendAsync("GET", ArmFixture.ClusterPath("body4", "c"))).Body;
        var fqdn = read["properties"]!["fqdn"]!.GetValue<string>();
        read["properties"]!["fqdn"] = "mine.example";

        var (status, body, _) = await fixture.SendAsync("PUT", ArmFixture.ClusterPath("body4", "c"), read.ToJsonString());

        Assert.Equal((200, fqdn), (status, body["properties"]?["fqdn"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Properties_without_simulated_effect_are_kept()
    {
        await StartAsync("body5");
        var body = ArmFixture.Cluster(cluster =>
            cluster["properties"]!["autoScalerProfile"] = new JsonObject { ["scan-interval"] = "20s" }
        );
        await fixture.SendAsync("PUT", ArmFixture.ClusterPath("body5", "c"), body);

        Assert.Equal(
            "20s",
            (await fixture.SendAsync("GET", ArmFixture.ClusterPath("body5", "c")))
                .Body["properties"]
                ?["autoScalerProfile"]?["scan-interval"]?.GetValue<string>()
        );
    }

    [Theory]
    [InlineData(
        "resourceGroups/body6",
        "2022-09-01",
        """{"location":"eastus2","colour":"red"}""",
        "InvalidRequestContent",
        "ResourceDefinition"
    )]
    [InlineData(
        "resourceGroups/body6/providers/Microsoft.ContainerService/managedClusters/c",
        "2026-03-01",
        """{"location":"eastus2","colour":"red"}""",
        "InvalidRequestContent",
        "Could not find member 'colour'"
    )]
    [InlineData(
        "resourceGroups/body6/providers/Microsoft.Network/virtualNetworks/v",
        "2025-07-01",
        """{"location":"eastus2","properties":{"addresses":[]}}""",
        "InvalidRequestFormat",
        "Could not find member 'addresses'"
    )]
    [InlineData(
        "resourceGroups/body6/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
        "2025-07-01",
        """{"properties":{"addressPrefix":5}}""",
        "InvalidRequestFormat",
        "InvalidJsonType"
    )]
    [InlineData(
        "resourceGroups/body6/providers/Microsoft.Network/networkSecurityGroups/g",
        "2025-07-01",
        """{"location":"eastus2","properties":{"securityRules":{}}}""",
        "InvalidRequestFormat",
        "InvalidJsonType"
    )]
    [InlineData(
        "providers/Microsoft.Features/featureProviders/Microsoft.ContainerService/subscriptionFeatureRegistrations/"
            + "ManagedGatewayAPIPreview",
        "2021-07-01",
        """{"properties":{"colour":1}}""",
        "InvalidRequestContent",
        "colour"
    )]
    public async Task Every_writable_type_is_validated_with_its_readers_messages(
        string path,
        string apiVersion,
        string content,
        string code,
        string message
    )
    {
        await StartAsync("body6");
        var (status, body, _) = await fixture.SendAsync(
            "PUT",
            $"/subscriptions/{SandboxClients.Subscription}/{path}?api-version={apiVersion}",
            content
        );

        Assert.Equal((400, code), (status, ArmFixture.Code(body)));
        Assert.Contains(
            message,
            body.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }),
            StringComparison.Ordinal
        );
    }

    private Task StartAsync(string group) => fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);
}
