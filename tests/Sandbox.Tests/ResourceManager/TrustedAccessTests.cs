using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Trusted access: roles of a location and bindings of a cluster, with the answers that Azure's clients recorded.</summary>
public sealed class TrustedAccessTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string Workspace =
        "/subscriptions/"
        + SandboxClients.Subscription
        + "/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/workspace1";

    [Fact]
    public async Task The_roles_name_their_source_and_their_rules()
    {
        var (_, roles, _) = await fixture.SendAsync(
            "GET",
            $"/subscriptions/{SandboxClients.Subscription}/providers/Microsoft.ContainerService/locations/eastus/trustedAccessRoles"
                + "?api-version=2025-08-01"
        );

        var role = Assert.Single(roles["value"]!.AsArray(), role => role!["name"]!.GetValue<string>() == "mlworkload")!;
        Assert.Equal("Microsoft.MachineLearningServices/workspaces", role["sourceResourceType"]!.GetValue<string>());
        Assert.Equal(
            """{"verbs":["create","get","list","patch","update","delete"],"apiGroups":[""],"resources":["services","services/proxy"]}""",
            Assert.Single(role["rules"]!.AsArray())!.ToJsonString()
        );
    }

    [Fact]
    public async Task A_binding_is_created_changed_and_deleted_with_long_running_operations()
    {
        var steps = new ClusterSteps(fixture, "trusted");
        await steps.CreateAsync();
        const string Suffix = "/trustedAccessRoleBindings/binding1";

        var (missing, refusal, _) = await steps.SendAsync("GET", Suffix);
        Assert.Equal(404, missing);
        Assert.Equal(
            $"Could not find the trusted access role binding binding1 in subscription: {SandboxClients.Subscription}, resourceGroup: "
                + "trusted, clusterName: c1.",
            refusal["message"]!.GetValue<string>()
        );
        Assert.Equal("GetTrustedAccessRoleBinding_NotFound", refusal["subcode"]!.GetValue<string>());

        fixture.Sandbox.Clock.Hold();
        var (status, created, message) = await steps.SendAsync("PUT", Suffix, Body("mlworkload", "inference-v1"));
        Assert.Equal((201, "Updating"), (status, State(created)));
        Assert.True(message.Headers.Contains("Azure-AsyncOperation"));
        Assert.Equal("OperationNotAllowed", ArmFixture.Code((await steps.SendAsync("PUT", Suffix, Body("mlworkload"))).Body));
        fixture.Sandbox.Clock.Resume();
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal("Succeeded", State((await steps.SendAsync("GET", Suffix)).Body));

        await steps.DoneAsync("PUT", Suffix, 200, Body("mlworkload"));
        var (_, listed, _) = await steps.SendAsync("GET", "/trustedAccessRoleBindings");
        Assert.Equal(
            "Microsoft.MachineLearningServices/workspaces/mlworkload",
            Assert.Single(Assert.Single(listed["value"]!.AsArray())!["properties"]!["roles"]!.AsArray())!.GetValue<string>()
        );
        await steps.DoneAsync("DELETE", Suffix, 202);
        Assert.Equal(204, (await steps.SendAsync("DELETE", Suffix)).Status);
    }

    [Theory]
    [InlineData(
        "binding1",
        """{"roles":["Microsoft.MachineLearningServices/workspaces/reader"],"sourceResourceId":"X"}""",
        "does not exist"
    )]
    [InlineData(
        "binding1",
        """{"roles":["Microsoft.Security/pricings/mdc-response-operator"],"sourceResourceId":"X"}""",
        "is for resources"
    )]
    [InlineData("binding1", """{"roles":[],"sourceResourceId":"X"}""", "at least one role")]
    [InlineData("bind_1", """{"roles":["Microsoft.MachineLearningServices/workspaces/mlworkload"],"sourceResourceId":"X"}""", "name")]
    [InlineData("binding1", """{"sourceResourceId":"X"}""", "roles")]
    public async Task A_binding_that_makes_no_sense_is_refused(string name, string properties, string problem)
    {
        var steps = new ClusterSteps(fixture, $"trusted{Guid.NewGuid():N}");
        await steps.CreateAsync();

        var (status, body, _) = await steps.SendAsync(
            "PUT",
            $"/trustedAccessRoleBindings/{name}",
            $$"""{"properties":{{properties.Replace("\"X\"", $"\"{Workspace}\"", StringComparison.Ordinal)}}}"""
        );

        Assert.Equal(400, status);
        Assert.Contains(problem, body.ToJsonString(), StringComparison.Ordinal);
    }

    private static string Body(params string[] roles) =>
        new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["sourceResourceId"] = Workspace,
                ["roles"] = new JsonArray([.. roles.Select(role => (JsonNode)$"Microsoft.MachineLearningServices/workspaces/{role}")]),
            },
        }.ToJsonString();

    private static string State(JsonObject binding) => binding["properties"]!["provisioningState"]!.GetValue<string>();
}
