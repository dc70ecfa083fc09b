using MeshPort.Access;
using MeshPort.Api;
using MeshPort.Arm;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class ApiEndpointTests : IDisposable
{
    private readonly EntraTokenCheck _tokens = new(new AccessOptions(), new AzureOptions());
    private readonly CallerLimits _limits = new(new AccessOptions());
    private readonly ApiEndpoint _endpoint;

    public ApiEndpointTests() =>
        _endpoint = new ApiEndpoint(
            new RequestAuthorizer(new AccessOptions(), _tokens, _limits),
            new PublicAddress((Uri?)null),
            NullLogger<ApiEndpoint>.Instance
        );

    public void Dispose()
    {
        _tokens.Dispose();
        _limits.Dispose();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_caller_that_hangs_up_or_a_host_that_stops_does_not_fail_the_function(bool hangsUp, bool stops)
    {
        var http = new DefaultHttpContext { RequestAborted = new CancellationToken(hangsUp) };

        var answer = await _endpoint.ServeAsync(http.Request, () => throw new OperationCanceledException(), new CancellationToken(stops));

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, (answer as IStatusCodeHttpResult)?.StatusCode);
        Assert.Equal("5", http.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_failure_of_the_function_itself_is_not_hidden_when_its_caller_hangs_up()
    {
        var http = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            _endpoint.ServeAsync(http.Request, () => throw new InvalidOperationException(), CancellationToken.None)
        );
    }

    [Fact]
    public async Task An_unavailable_state_store_is_answered_with_503_and_a_time_to_retry()
    {
        var http = new DefaultHttpContext();

        var answer = await _endpoint.ServeAsync(http.Request, () => throw new IOException("The disk is gone."), CancellationToken.None);

        var problem = Assert.IsType<Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult>(answer);
        Assert.Equal(
            (StatusCodes.Status503ServiceUnavailable, "The state store is unavailable"),
            (problem.StatusCode, problem.ProblemDetails.Title)
        );
        Assert.Equal("5", http.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Invalid_names_in_the_path_and_unknown_query_parameters_are_refused_before_the_endpoint_runs()
    {
        var http = new DefaultHttpContext();
        var name = ResourceName.Of("not a subscription", "group", "cluster", "Not-An-Exposure");

        var invalid = await ServeAsync(http, name);
        http.Request.QueryString = new QueryString("?dryrun=true");
        var unknown = await ServeAsync(http, name);

        Assert.Equal(["/subscriptionId", "/exposure"], name.Errors.Select(error => error.Pointer));
        Assert.Equal(StatusCodes.Status422UnprocessableEntity, (invalid as IStatusCodeHttpResult)?.StatusCode);
        Assert.Equal(StatusCodes.Status422UnprocessableEntity, (unknown as IStatusCodeHttpResult)?.StatusCode);
    }

    private Task<IResult> ServeAsync(DefaultHttpContext http, ResourceName name) =>
        _endpoint.ServeAsync(
            http.Request,
            Role.Operator,
            name,
            [Query.DryRun],
            _ => throw new InvalidOperationException("The endpoint ran."),
            CancellationToken.None
        );
}
