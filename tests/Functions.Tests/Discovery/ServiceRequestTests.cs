using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Discovery;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Discovery;

public sealed class ServiceRequestTests
{
    [Fact]
    public void Annotations_have_the_meaning_of_the_fields_of_an_exposure()
    {
        var request = Read(
            ("expose", " 5432 , 9000:5432 "),
            ("gateway", "internal"),
            ("protocol", "TLS"),
            ("hosts", "db.example.com, *.db.example.com"),
            ("sources", "10.0.0.0/8,192.0.2.1"),
            ("probe", """{"timeout":"PT2S"}"""),
            ("status", "[]")
        );

        Assert.Empty(request.Errors);
        Assert.Equal([5432, 9000], request.Exposures.Select(exposure => exposure.Port));
        Assert.All(
            request.Exposures,
            exposure =>
            {
                Assert.Equal([new BackendSpec("web", "shop", 5432, 100)], exposure.Backends);
                Assert.Equal((GatewayKind.Internal, ExposureProtocol.Tls), (exposure.Gateway, exposure.Protocol));
                Assert.Equal(["*.db.example.com", "db.example.com"], exposure.SniHosts);
                Assert.Equal(["10.0.0.0/8", "192.0.2.1/32"], exposure.AllowedSources);
                Assert.Equal(TimeSpan.FromSeconds(2), exposure.Probe.Timeout);
                Assert.Null(exposure.Workload);
            }
        );
    }

    [Theory]
    [InlineData("expose", "", "expose: The value has no port.")]
    [InlineData("expose", "5432:a", "expose: '5432:a' is not a port.")]
    [InlineData("expose", "5432,5432", "expose: Port 5432 is listed 2 times.")]
    [InlineData("expose", "9000", "expose: The Service has no TCP port 9000. Write 9000:5432")]
    [InlineData("expose", "9000:53", "expose: The Service has no TCP port 53.")]
    [InlineData("expose", "70000:5432", "expose: 70000 is out of range.")]
    [InlineData("expose", "443:5432", "expose: The gateway Service of the Istio add-on uses port 443.")]
    [InlineData("gateway", "public", "gateway: 'public' is not one of external, internal.")]
    [InlineData("protocol", "UDP", "protocol: 'UDP' is not one of TCP, TLS.")]
    [InlineData("protocol", "TLS", "hosts: TLS passthrough requires server names.")]
    [InlineData("hosts", "db.example.com", "hosts: Server names require protocol TLS.")]
    [InlineData("sources", "10.0.0.0/40", "sources: '10.0.0.0/40' has no prefix length from 0 to 32.")]
    [InlineData("sources", " , ", "sources: The value is empty.")]
    [InlineData("gateway", "", "gateway: The value is empty.")]
    [InlineData("probe", "ping", "probe: The value is not valid JSON.")]
    [InlineData("probe", "[]", "probe: The value is a list. Write an object.")]
    [InlineData("probe", """{"send":"\ud800"}""", "probe: The value is not valid JSON.")]
    [InlineData("probe", """{"send":"a","send":"b"}""", "probe: The value is not valid JSON.")]
    [InlineData("probe", """{"sent":"ping"}""", "probe: Unknown field 'sent'.")]
    [InlineData("source", "10.0.0.0/8", "source: Unknown annotation.")]
    public void An_error_names_the_annotation(string annotation, string value, string error)
    {
        var request = annotation == "expose" ? Read((annotation, value)) : Read(("expose", "5432"), (annotation, value));

        Assert.StartsWith($"meshport.io/{error}", Assert.Single(request.Errors), StringComparison.Ordinal);
        Assert.Empty(request.Exposures);
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    public void A_deep_value_is_refused(int depth)
    {
        var request = Read(("expose", "5432"), ("probe", new string('[', depth) + new string(']', depth)));

        Assert.StartsWith("meshport.io/probe: The value is not valid JSON.", Assert.Single(request.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_of_all_ports_is_told_once_and_different_errors_together() =>
        Assert.Equal(2, Read(("expose", "5432,9000:5432,9001:1"), ("gateway", "public")).Errors.Count);

    [Fact]
    public void More_ports_than_an_exposure_may_have_are_one_error() =>
        Assert.StartsWith(
            "meshport.io/expose: The value has 40000 ports, and at most 120 are possible.",
            Assert.Single(Read(("expose", string.Join(',', Enumerable.Repeat("x", 40_000)))).Errors),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("expose")]
    [InlineData("sources")]
    public void The_first_of_many_errors_are_told_with_the_number_of_the_others(string annotation)
    {
        var items = string.Join(',', Enumerable.Range(1, 100).Select(number => $"x{number}"));

        var errors = annotation == "expose" ? Read((annotation, items)).Errors : Read(("expose", "5432"), (annotation, items)).Errors;

        Assert.Equal(21, errors.Count);
        Assert.Matches("^There are [1-9][0-9]* more errors.$", errors[^1]);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\U0001F980")] // two characters
    public void A_long_value_does_not_make_a_long_error(string part)
    {
        var error = Assert.Single(Read(("expose", string.Concat(Enumerable.Repeat(part, 100_000)))).Errors);

        Assert.InRange(error.Length, 300, 410);
        Assert.StartsWith("meshport.io/expose: '", error, StringComparison.Ordinal);
        Assert.EndsWith("' is not a port. Write PORT, or PORT:PORT-OF-THE-SERVICE.", error, StringComparison.Ordinal);
        Assert.Equal(error, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(error))); // no half characters
    }

    private static ServiceRequest Read(params (string Name, string Value)[] annotations) =>
        ServiceRequest.Read(
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = "web",
                    ["namespace"] = "shop",
                    ["annotations"] = new JsonObject(
                        annotations.Select(one => KeyValuePair.Create($"meshport.io/{one.Name}", (JsonNode?)one.Value))
                    ),
                },
                ["spec"] = JsonNode.Parse("""{"ports":[{"port":53,"protocol":"UDP"},{"port":5432,"protocol":"TCP"}]}"""),
            }
        );
}
