using System.Net;
using MeshPort.Access;
using MeshPort.Api;
using MeshPort.Arm;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class RequestAuthorizerTests
{
    /// <summary>In Azure the address is what X-Forwarded-For says, which a caller can write.</summary>
    [Fact]
    public async Task Callers_with_a_key_alone_are_told_apart_by_the_key_and_not_by_the_address()
    {
        var access = new AccessOptions { RequestsPerMinute = 1 };
        using var tokens = new EntraTokenCheck(access, new AzureOptions());
        using var limits = new CallerLimits(access);
        var gate = RequestAuthorizer(access, tokens, limits);

        Assert.True(await IsLetInAsync(gate, "10.0.0.1", ["one"], ""));
        Assert.False(await IsLetInAsync(gate, "10.0.0.2", ["one"], ""));
        Assert.False(await IsLetInAsync(gate, "10.0.0.3", [], "?code=one"));
        Assert.False(await IsLetInAsync(gate, "10.0.0.4", ["one"], "?code=made-up"));
        Assert.False(await IsLetInAsync(gate, "10.0.0.5", ["one", "made-up"], ""));
        Assert.True(await IsLetInAsync(gate, "10.0.0.1", ["two"], ""));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_caller_that_hangs_up_or_a_host_that_stops_does_not_fail_the_function(bool hangsUp, bool stops)
    {
        var access = new AccessOptions();
        using var tokens = new EntraTokenCheck(access, new AzureOptions());
        using var limits = new CallerLimits(access);
        var http = new DefaultHttpContext { RequestAborted = new CancellationToken(hangsUp) };

        var answer = await RequestAuthorizer(access, tokens, limits)
            .ServeAsync(http.Request, () => throw new OperationCanceledException(), new CancellationToken(stops));

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, (answer as IStatusCodeHttpResult)?.StatusCode);
        Assert.Equal("5", http.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_failure_of_the_function_itself_is_not_hidden_when_its_caller_hangs_up()
    {
        var access = new AccessOptions();
        using var tokens = new EntraTokenCheck(access, new AzureOptions());
        using var limits = new CallerLimits(access);
        var http = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RequestAuthorizer(access, tokens, limits)
                .ServeAsync(http.Request, () => throw new InvalidOperationException(), CancellationToken.None)
        );
    }

    private static RequestAuthorizer RequestAuthorizer(AccessOptions access, EntraTokenCheck tokens, CallerLimits limits) =>
        new(access, tokens, limits, new PublicAddress((Uri?)null), NullLogger<RequestAuthorizer>.Instance);

    private static async Task<bool> IsLetInAsync(RequestAuthorizer gate, string address, string[] keys, string query)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        context.Request.Headers["x-functions-key"] = keys;
        context.Request.QueryString = new QueryString(query);
        return (await gate.EnterAsync(context.Request, Role.Reader, TestContext.Current.CancellationToken)).Refusal is null;
    }
}
