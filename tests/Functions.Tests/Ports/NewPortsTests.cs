using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using Xunit;

namespace MeshPort.Functions.Tests.Ports;

/// <summary>The decision table of <see cref="NewPorts"/>.</summary>
public sealed class NewPortsTests
{
    private const string Usable = """
        {"metadata":{"name":"s","annotations":{"meshport.io/installation":"own"},"managedFields":[{"manager":"meshport",
          "operation":"Apply","fieldsV1":{"f:spec":{"f:ports":{"k:{\"port\":9000,\"protocol\":\"TCP\"}":{}}}}}]},
         "spec":{"ports":[{"port":443,"protocol":"TCP"},{"port":9000,"protocol":"TCP"},{"port":9100,"protocol":"TCP"}]},
         "status":{"loadBalancer":{"ingress":[{"ip":"20.1.2.3"}]}}}
        """;

    [Theory]
    [InlineData("9000", null, "9000")] // MeshPort's
    [InlineData("9100", null, null)] // of others
    [InlineData("443", null, null)] // of others, and shared
    [InlineData("9001", "9001", "9001")] // absent
    [InlineData("9000-9001", "9000-9001", "9000-9001")]
    [InlineData("9100-9101", "9101", "9101")]
    public void A_port_is_new_when_the_Service_does_not_have_it(string ports, string? opening, string? own)
    {
        var found = Of(Usable);

        Assert.Equal((opening, own), (Tell(found.Opening(Exposure(ports))), Tell(found.Own(Exposure(ports)))));
        Assert.Equal(["20.1.2.3 9000"], found.Open.Select(one => $"{one.Address} {one.Spec.OnlyPort}"));
        Assert.Equal(opening is null ? null : "20.1.2.3", found.Opening(Exposure(ports))?.Address);
    }

    [Theory]
    [InlineData("\"own\"", "\"elsewhere\"")]
    [InlineData("\"20.1.2.3\"", "null")]
    [InlineData("\"name\":\"s\"", "\"name\":\"s\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"")]
    public void No_port_is_new_on_a_Service_that_MeshPort_cannot_use(string text, string other)
    {
        var found = Of(Usable.Replace(text, other, StringComparison.Ordinal));

        Assert.Null(found.Opening(Exposure("9001")));
        Assert.Empty(found.Open);
    }

    private static NewPorts Of(string service)
    {
        var spec = new ClusterSpec { Location = "eastus2" };
        var target = ObjectRef.Of(AddOn.Gateway(spec, GatewayKind.External));
        var found = Assert.IsType<JsonObject>(JsonNode.Parse(service));
        return new NewPorts(spec, new ClusterObjects { Services = new Dictionary<ObjectRef, JsonObject> { [target] = found } }, "own");
    }

    private static string? Tell(NamedExposure? exposure) =>
        exposure is null ? null : string.Join(',', PortRange.Of(exposure.Spec.AllPorts).Select(range => range.ToString()));

    private static NamedExposure Exposure(string ports) =>
        new(
            "a",
            1,
            new ExposureSpec
            {
                OnlyPort = null,
                Ports = [PortRange.Parse(ports)!],
                Backends = [],
            }
        );
}
