using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Validation;
using Xunit;

namespace MeshPort.Functions.Tests.Validation;

public sealed class ExposurePortsTests
{
    [Fact]
    public void Ports_and_ranges_are_read_in_their_order_and_an_answer_can_be_put_back()
    {
        var spec = Valid("""{"ports":["30000-30002",21," 40000 - 40001 "],"backends":[{"service":"a"}],"probe":{"ports":[21]}}""");

        Assert.Equal([30000, 30001, 30002, 21, 40000, 40001], spec.AllPorts);
        Assert.Equal(30000, Assert.Single(spec.Backends).Port);
        var answer = MeshPortJson.Write(spec);
        Assert.Contains("\"ports\":[\"30000-30002\",21,\"40000-40001\"]", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\"port\":21", answer, StringComparison.Ordinal);
        Assert.Equal(answer, MeshPortJson.Write(Valid(answer)));
        Assert.True(MeshPortJson.IsSame(spec, MeshPortJson.Read<ExposureSpec>(answer)));
    }

    [Fact]
    public void A_single_port_has_the_short_form()
    {
        var spec = Valid(
            """{"port":9000,"backends":[{"service":"a"},{"service":"b","port":7,"weight":0}]}""".Replace(
                "\"a\"",
                "\"a\",\"weight\":100",
                StringComparison.Ordinal
            )
        );

        Assert.Equal([9000], spec.AllPorts);
        Assert.Equal([9000, 7], spec.Backends.Select(backend => backend.Port));
        Assert.Contains("\"port\":9000,", MeshPortJson.Write(spec), StringComparison.Ordinal);
        Assert.DoesNotContain("\"ports\"", MeshPortJson.Write(spec), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_port_keeps_its_distance_from_the_first_one()
    {
        var spec = Valid("""{"ports":[9005,"9000-9001"],"backends":[{"service":"a","port":7005}]}""");

        Assert.Equal([(9005, 7005), (9000, 7000), (9001, 7001)], spec.AllPorts.Select(port => (port, spec.Only([port]).Backends[0].Port)));
        Assert.Equal([(9000, 7000)], new[] { spec.Only([9001, 9000]) }.Select(some => (some.Port, some.Backends[0].Port)));
    }

    [Theory]
    [InlineData("""{"backends":[{"service":"a"}]}""", "/port Required")]
    [InlineData("""{"port":9000,"ports":[9001],"backends":[{"service":"a"}]}""", "/ports InvalidCombination")]
    [InlineData("""{"ports":[],"backends":[{"service":"a"}]}""", "/ports Required")]
    [InlineData("""{"ports":9000,"backends":[{"service":"a"}]}""", "/ports WrongType")]
    [InlineData("""{"ports":[9000,true],"backends":[{"service":"a"}]}""", "/ports/1 WrongType")]
    [InlineData("""{"ports":["9001-9000"],"backends":[{"service":"a"}]}""", "/ports/0 InvalidValue")]
    [InlineData("""{"ports":["a"],"backends":[{"service":"a"}]}""", "/ports/0 InvalidValue")]
    [InlineData("""{"ports":[0],"backends":[{"service":"a"}]}""", "/ports/0 InvalidValue")]
    [InlineData("""{"ports":[9000.5],"backends":[{"service":"a"}]}""", "/ports/0 InvalidValue")]
    [InlineData("""{"ports":["65530-65536"],"backends":[{"service":"a"}]}""", "/ports/0 InvalidValue")]
    [InlineData("""{"ports":["9000-9002",9002],"backends":[{"service":"a"}]}""", "/ports/1 Duplicate")]
    [InlineData("""{"ports":[9000,"15000-15030"],"backends":[{"service":"a"}]}""", "/ports/1 ReservedPort")]
    [InlineData("""{"ports":["440-450"],"backends":[{"service":"a"}]}""", "/ports/0 ReservedPort")]
    [InlineData("""{"ports":["30000-30120"],"backends":[{"service":"a"}]}""", "/ports TooMany")]
    [InlineData("""{"ports":["1024-65535","1-65535"],"backends":[{"service":"a"}]}""", "/ports TooMany")]
    [InlineData(
        """{"ports":[9000,9001],"protocol":"TLS","sniHosts":["a.example"],"backends":[{"service":"a"}]}""",
        "/ports InvalidCombination"
    )]
    [InlineData("""{"ports":[9000,9001],"adopt":true,"backends":[{"service":"a"}]}""", "/ports InvalidCombination")]
    [InlineData("""{"ports":[9000,65000],"backends":[{"service":"a","port":10000}]}""", "/backends/0/port OutOfRange")]
    [InlineData("""{"ports":[9000,8000],"backends":[{"service":"a","port":500}]}""", "/backends/0/port OutOfRange")]
    [InlineData(
        """{"ports":[9000,65000],"backends":[{"service":"a"}],"workload":{"image":"a","containerPort":9999}}""",
        "/workload/containerPort OutOfRange"
    )]
    [InlineData(
        """
            {"ports":[9000,9001],"backends":[{"service":"a"}],
             "workload":{"image":"a","containerPort":9000,"additionalPorts":[{"port":9001}]}}
            """,
        "/workload/additionalPorts/0/port Duplicate"
    )]
    [InlineData(
        """
            {"ports":[9000,9001],"backends":[{"service":"a"}],
             "workload":{"image":"a","containerPort":9000,"additionalPorts":[{"port":8080,"name":"tcp-9001"}]}}
            """,
        "/workload/additionalPorts/0/name Duplicate"
    )]
    [InlineData("""{"port":9000,"backends":[{"service":"a"}],"probe":{"ports":[9001]}}""", "/probe/ports/0 InvalidCombination")]
    [InlineData(
        """{"ports":["9000-9001"],"backends":[{"service":"a"}],"probe":{"ports":["9001-9002"]}}""",
        "/probe/ports/0 InvalidCombination"
    )]
    [InlineData("""{"ports":["9000-9001"],"backends":[{"service":"a"}],"probe":{"ports":[]}}""", "/probe/ports Required")]
    public void Ports_that_cannot_work_are_refused_with_their_pointer(string json, string error) =>
        Assert.Contains(error, ExposureValidator.Validate(JsonElement.Parse(json)).Errors.Select(one => $"{one.Pointer} {one.Code}"));

    [Fact]
    public void A_refusal_of_too_many_ports_says_how_many_are_possible_and_why()
    {
        var errors = ExposureValidator.Validate(JsonElement.Parse("""{"ports":["30000-30120"],"backends":[{"service":"a"}]}""")).Errors;

        Assert.StartsWith("The list has 121 ports, and at most 120 are possible", Assert.Single(errors).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_ports_as_possible_are_valid() =>
        Assert.Equal(ExposurePorts.Most, Valid("""{"ports":["30000-30119"],"backends":[{"service":"a"}]}""").AllPorts.Count);

    private static ExposureSpec Valid(string json)
    {
        var result = ExposureValidator.Validate(JsonElement.Parse(json));
        Assert.Empty(result.Errors);
        return Assert.IsType<ExposureSpec>(result.Value);
    }
}
