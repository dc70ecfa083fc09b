using MeshPort.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class QueryTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("?code=key", true)]
    [InlineData("?partial=true&top=1000&after=a", true)]
    [InlineData("?partial=yes", false)]
    [InlineData("?top=0", false)]
    [InlineData("?top=1001", false)]
    [InlineData("?top=ten", false)]
    [InlineData("?dryRun=true", false)]
    [InlineData("?Partial_=true", false)]
    public void Unknown_and_invalid_parameters_are_refused(string query, bool isValid)
    {
        var http = new DefaultHttpContext { Request = { QueryString = new QueryString(query) } };

        var refusal = Query.Refusal(http.Request, [Query.Partial, Query.Top, Query.After]);

        Assert.Equal(isValid ? null : 422, (refusal as IStatusCodeHttpResult)?.StatusCode);
    }
}
