using System.Text.Json.Nodes;
using MeshPort.Discovery;
using MeshPort.Kubernetes;
using Xunit;

namespace MeshPort.Functions.Tests.Discovery;

public sealed class ServiceAnswerTests
{
    [Theory]
    [InlineData("one", "meshport.io/status", true)]
    [InlineData("two", "meshport.io/status", false)]
    [InlineData("one", "meshport.io/expose", false)]
    public void An_installation_removes_only_its_own_answer(string installation, string annotation, bool isOurs)
    {
        var service = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["managedFields"] = new JsonArray(
                    new JsonObject
                    {
                        ["manager"] = KubernetesApi.AnswerManager("one"),
                        ["operation"] = "Apply",
                        ["fieldsV1"] = new JsonObject
                        {
                            ["f:metadata"] = new JsonObject
                            {
                                ["f:annotations"] = new JsonObject { [$"f:{annotation}"] = new JsonObject() },
                            },
                        },
                    }
                ),
            },
        };

        Assert.Equal(isOurs, ServiceAnswer.IsOurs(service, installation));
    }
}
