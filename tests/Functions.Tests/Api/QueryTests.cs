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
    public void What_means_nothing_here_is_refused(string query, bool isTaken)
    {
        var http = new DefaultHttpContext { Request = { QueryString = new QueryString(query) } };

        var refusal = Query.Refusal(http.Request, Query.Partial, Query.Top, Query.After);

        Assert.Equal(isTaken ? null : 422, (refusal as IStatusCodeHttpResult)?.StatusCode);
    }
}
