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

    [Fact]
    public void An_answer_that_the_API_server_would_refuse_has_no_messages()
    {
        IReadOnlyList<AnswerLine> lines =
        [
            .. Enumerable.Range(9000, 20).Select(port => Refusal(RefusalReasons.PortTaken, port, "Gateway other/t has the port.")),
        ];
        var service = Annotated(("team", "web"), (ServiceAnnotations.Status, new string('x', 1000)));
        var full = Annotated(("team", new string('x', 260_900)));

        Assert.Equal((256 * 1024) - "meshport.io/status".Length - "teamweb".Length, ServiceAnswer.Room(service));
        Assert.Contains("has the port", ServiceAnswer.Write(lines, ServiceAnswer.Room(service)), StringComparison.Ordinal);
        var answer = ServiceAnswer.Write(lines, ServiceAnswer.Room(full));
        Assert.InRange(answer.Length, 20, ServiceAnswer.Room(full));
        Assert.DoesNotContain("has the port", answer, StringComparison.Ordinal);
        Assert.Contains(RefusalReasons.PortTaken, answer, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_that_refuses_many_ports_is_one_event()
    {
        var known = Refusal(RefusalReasons.PortNotAllowed, 25, "Not 25.");
        IReadOnlyList<AnswerLine> lines =
        [
            known,
            .. Enumerable.Range(8000, 100).Select(port => Refusal(RefusalReasons.PortNotAllowed, port, $"Not {port}.")),
            Refusal(RefusalReasons.PortTaken, 9000, "Taken."),
            new(9001, AnswerState.Ready),
        ];

        Assert.Equal(
            ["Not 8000. The same reason refuses 99 more ports.", "Taken."],
            ServiceAnswer.NewRefusals(lines, [known]).Select(line => line.Message)
        );
        Assert.Empty(ServiceAnswer.NewRefusals(lines, lines));
    }

    private static AnswerLine Refusal(string reason, int port, string message) =>
        new(port, AnswerState.Refused, Reason: reason, Message: message);

    private static JsonObject Annotated(params (string Name, string Value)[] annotations) =>
        new()
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject(annotations.Select(one => KeyValuePair.Create(one.Name, (JsonNode?)one.Value))),
            },
        };
}
