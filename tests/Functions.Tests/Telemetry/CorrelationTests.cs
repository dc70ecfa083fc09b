using System.Diagnostics;
using MeshPort.Telemetry;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Functions.Tests.Telemetry;

public sealed class CorrelationTests
{
    [Theory]
    [InlineData("given", "other", "given")]
    [InlineData(null, "other", "other")]
    [InlineData("not fit", "other", "other")]
    [InlineData("<script>", null, null)]
    [InlineData("a\r\nb", null, null)]
    [InlineData("", null, null)]
    [InlineData(
        "0123456789012345678901234567890123456789012345678901234567890123",
        null,
        "0123456789012345678901234567890123456789012345678901234567890123"
    )]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234", null, null)]
    public void A_valid_correlation_id_is_used_and_otherwise_the_trace_id(string? given, string? other, string? expected)
    {
        using var trace = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var http = new DefaultHttpContext();
        http.Request.Headers[Correlation.Header] = given;
        http.Request.Headers["x-correlation-id"] = other;

        Assert.Equal(expected ?? trace.TraceId.ToHexString(), Correlation.Of(http));
    }

    [Fact]
    public void A_request_without_an_id_gets_one_new_id()
    {
        Activity.Current = null;
        var http = new DefaultHttpContext();

        Assert.Equal(Correlation.Of(http), Correlation.Of(http));
        Assert.NotEqual(Correlation.Of(http), Correlation.Of(new DefaultHttpContext()));
    }
}
