using System.Net;
using MeshPort.Access;
using MeshPort.Arm;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Functions.Tests.Access;

public sealed class RequestAuthorizerTests
{
    /// <summary>In Azure the address comes from X-Forwarded-For, which a caller can write.</summary>
    [Fact]
    public async Task Callers_with_a_key_are_distinguished_by_the_key_and_not_by_the_address()
    {
        var access = new AccessOptions { RequestsPerMinute = 1 };
        using var tokens = new EntraTokenCheck(access, new AzureOptions());
        using var limits = new CallerLimits(access);
        var authorizer = new RequestAuthorizer(access, tokens, limits);

        Assert.True(await IsGrantedAsync(authorizer, "10.0.0.1", ["one"], ""));
        Assert.False(await IsGrantedAsync(authorizer, "10.0.0.2", ["one"], ""));
        Assert.False(await IsGrantedAsync(authorizer, "10.0.0.3", [], "?code=one"));
        Assert.False(await IsGrantedAsync(authorizer, "10.0.0.4", ["one"], "?code=made-up"));
        Assert.False(await IsGrantedAsync(authorizer, "10.0.0.5", ["one", "made-up"], ""));
        Assert.True(await IsGrantedAsync(authorizer, "10.0.0.1", ["two"], ""));
    }

    private static async Task<bool> IsGrantedAsync(RequestAuthorizer authorizer, string address, string[] keys, string query)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        context.Request.Headers["x-functions-key"] = keys;
        context.Request.QueryString = new QueryString(query);
        var decision = await authorizer.AuthorizeAsync(context.Request, Role.Reader, TestContext.Current.CancellationToken);
        return decision is AccessDecision.Granted;
    }
}
