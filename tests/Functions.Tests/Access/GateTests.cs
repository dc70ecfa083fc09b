using System.Net;
using MeshPort.Access;
using MeshPort.Arm;
using MeshPort.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Access;

public sealed class GateTests
{
    /// <summary>In Azure the address is what X-Forwarded-For says, which a caller can write.</summary>
    [Fact]
    public async Task Callers_with_a_key_alone_are_told_apart_by_the_key_and_not_by_the_address()
    {
        var access = new AccessOptions { RequestsPerMinute = 1 };
        using var tokens = new EntraTokenCheck(access, new AzureOptions());
        using var limits = new CallerLimits(access);
        var gate = new Gate(access, tokens, limits, new PublicAddress((Uri?)null), NullLogger<Gate>.Instance);

        Assert.True(await IsLetInAsync(gate, "10.0.0.1", ["one"], ""));
        Assert.False(await IsLetInAsync(gate, "10.0.0.2", ["one"], ""));
        Assert.False(await IsLetInAsync(gate, "10.0.0.3", [], "?code=one"));
        Assert.False(await IsLetInAsync(gate, "10.0.0.4", ["one"], "?code=made-up"));
        Assert.False(await IsLetInAsync(gate, "10.0.0.5", ["one", "made-up"], ""));
        Assert.True(await IsLetInAsync(gate, "10.0.0.1", ["two"], ""));
    }

    private static async Task<bool> IsLetInAsync(Gate gate, string address, string[] keys, string query)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        context.Request.Headers["x-functions-key"] = keys;
        context.Request.QueryString = new QueryString(query);
        return (await gate.EnterAsync(context.Request, Role.Reader, TestContext.Current.CancellationToken)).Refusal is null;
    }
}
