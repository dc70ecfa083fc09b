using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Model;
using MeshPort.Routes;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

public sealed class SharedPortTests
{
    private static readonly GatewayService Gateway = new("aks-istio-ingress", "gateway", new Dictionary<string, string>());

    [Theory]
    [InlineData("""[{"port":443,"targetPort":443}]""", "443")]
    [InlineData("""[{"port":443,"protocol":"UDP","targetPort":1},{"port":443,"protocol":"TCP","targetPort":8443}]""", "8443")]
    [InlineData("""[{"port":443}]""", "443")]
    [InlineData("""[{"port":80}]""", "60443")]
    [InlineData(null, "443")]
    public void A_policy_at_the_gateway_names_the_target_of_port_443(string? ports, string target) =>
        Assert.Equal(
            $"""["{target}"]""",
            SourceAuthorization
                .Of(Exposure(443), Gateway, Service(ports))
                .Body["spec"]
                ?["rules"]?[0]?["to"]?[0]?["operation"]?["ports"]?.ToJsonString()
        );

    [Fact]
    public void A_port_with_a_named_target_has_no_number() =>
        Assert.Null(SharedPort.Number(443, Service("""[{"port":443,"targetPort":"https"}]""")));

    [Theory]
    [InlineData(8443, """[{"name":"https","port":443,"targetPort":8443}]""", 443)]
    [InlineData(8443, """[{"name":"https","port":443}]""", null)]
    [InlineData(8443, """[{"name":"tcp-8443","port":8443,"targetPort":8443}]""", null)]
    [InlineData(8443, """[{"name":"theirs","port":8443,"targetPort":8443}]""", 8443)]
    [InlineData(8443, null, null)]
    public void A_port_of_others_that_leads_to_the_listener_is_found(int port, string? ports, int? found) =>
        Assert.Equal(found, SharedPort.OfOthers(Exposure(port).Spec, Service(ports))?["port"]?.GetValue<int>());

    private static NamedExposure Exposure(int port) =>
        new(
            "db",
            1,
            new ExposureSpec
            {
                Port = port,
                Protocol = ExposureProtocol.Tls,
                SniHosts = ["db.example.com"],
                AllowedSources = ["10.0.0.0/8"],
                Backends = [new BackendSpec("db", "data", 5432, 100)],
            }
        );

    private static JsonObject? Service(string? ports) =>
        ports is null ? null : new JsonObject { ["spec"] = new JsonObject { ["ports"] = JsonNode.Parse(ports) } };
}
