using MeshPort.Api;
using MeshPort.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
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

    [Theory]
    [InlineData("?ready=true&port=25&gateway=internal&resourceGroup=g.(1)&cluster=c", null)]
    [InlineData("?ready=", "ready is ''. Set it to true or false.")]
    [InlineData("?ready=true&ready=false", "ready is 'true,false'. Set it to true or false.")]
    [InlineData("?port=0", "port is '0'. Set it to a number from 1 to 65535.")]
    [InlineData("?port=65536", "port is '65536'. Set it to a number from 1 to 65535.")]
    [InlineData("?port=1,2", "port is '1,2'. Set it to a number from 1 to 65535.")]
    [InlineData("?gateway=External", "gateway is 'External'. Set it to external or internal.")]
    [InlineData("?resourceGroup=a/b", "resourceGroup is not valid: 'a/b' is not a resource group name. Write ")]
    [InlineData("?cluster=-", "cluster is not valid: '-' is not a cluster name. Write ")]
    public void A_filter_with_a_wrong_value_is_refused_with_its_name_and_the_remedy(string query, string? problem)
    {
        var http = new DefaultHttpContext { Request = { QueryString = new QueryString(query) } };

        var refusal = Query.Refusal(http.Request, ExposureFilter.Parameters) as ProblemHttpResult;

        Assert.Equal(problem is null, refusal is null);
        if (problem is not null)
        {
            var errors = Assert.IsAssignableFrom<IEnumerable<FieldError>>(refusal?.ProblemDetails.Extensions["errors"]);
            Assert.Contains($"The query parameter {problem}", Assert.Single(errors).Detail, StringComparison.Ordinal);
        }
    }
}
