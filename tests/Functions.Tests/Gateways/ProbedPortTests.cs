using System.Text.Json.Nodes;
using MeshPort.Gateways;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

public sealed class ProbedPortTests
{
    [Theory]
    [InlineData("status-port", 30021)]
    [InlineData("Status-Port", 30021)]
    [InlineData("15021", 30021)]
    [InlineData("10256", 10256)]
    [InlineData("typo", null)]
    public void An_annotation_names_a_port_of_the_service_in_any_case_or_a_port_of_the_nodes(string named, int? port) =>
        Assert.Equal(
            port,
            ProbedPort.Of(
                new JsonObject
                {
                    ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [ProbedPort.Annotation(9000)] = named } },
                    ["spec"] = new JsonObject
                    {
                        ["ports"] = new JsonArray(
                            new JsonObject
                            {
                                ["name"] = "status-port",
                                ["port"] = 15021,
                                ["nodePort"] = 30021,
                            }
                        ),
                    },
                },
                9000
            )
        );
}
