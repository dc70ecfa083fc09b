using MeshPort.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class PreconditionsTests
{
    [Theory]
    [InlineData(null, null, true, true)]
    [InlineData("*", null, true, false)]
    [InlineData("\"1-a\"", null, true, false)]
    [InlineData("1-a", null, true, false)]
    [InlineData("\"0-z\", \"1-a\"", null, true, false)]
    [InlineData("\"0-z\"", null, false, false)]
    [InlineData("W/\"1-a\"", null, false, false)]
    [InlineData("nonsense, and more", null, false, false)]
    [InlineData(null, "*", false, true)]
    [InlineData(null, "\"1-a\"", false, true)]
    [InlineData(null, "W/\"1-a\"", false, true)]
    [InlineData(null, "\"0-z\", \"1-a\"", false, true)]
    [InlineData(null, "\"0-z\"", true, true)]
    [InlineData("\"1-a\"", "\"1-a\"", false, false)]
    public void Preconditions_follow_http_for_existing_and_missing_resources(
        string? ifMatch,
        string? ifNoneMatch,
        bool ofThere,
        bool ofAbsent
    )
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.IfMatch = ifMatch;
        http.Request.Headers.IfNoneMatch = ifNoneMatch;

        var precondition = Preconditions.Of(http.Request);

        Assert.Equal((ofThere, ofAbsent), (precondition.Violation("1-a") is null, precondition.Violation(null) is null));
    }
}
