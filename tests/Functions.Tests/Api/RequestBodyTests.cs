using System.Text;
using MeshPort.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Functions.Tests.Api;

public sealed class RequestBodyTests
{
    [Theory]
    [InlineData("""{"spec":{"location":"eastus2"},"metadata":{},"status":{}}""", null)]
    [InlineData("""{"spec":{},"colour":"blue"}""", 422)]
    [InlineData("\ufeff{\"spec\":{}}", null)] // Windows editors write a byte order mark
    [InlineData("{}", 422)]
    [InlineData("[]", 422)]
    [InlineData("""{"spec":{"a":1,"a":2}}""", 400)]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    [InlineData("""{"spec":{"location":"\ud800"}}""", 400)]
    [InlineData("""{"spec":{"\udfff":1}}""", 400)]
    public async Task A_body_without_a_spec_is_refused_with_a_4xx(string body, int? status) =>
        Assert.Equal(status, await RefusalAsync(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public async Task A_body_that_is_not_text_or_too_large_is_refused_with_a_4xx()
    {
        Assert.Equal(400, await RefusalAsync([.. "{\"spec\":{\"location\":\""u8, 0xff, 0xfe, .. "\"}}"u8]));
        Assert.Equal(413, await RefusalAsync(new byte[1024 * 1024 + 1]));
    }

    private static async Task<int?> RefusalAsync(byte[] body)
    {
        var http = new DefaultHttpContext { Request = { Body = new MemoryStream(body) } };
        var (_, errors, refusal) = await RequestBody.ReadSpecAsync(http.Request, TestContext.Current.CancellationToken);
        return (refusal as IStatusCodeHttpResult)?.StatusCode ?? (errors.Count > 0 ? StatusCodes.Status422UnprocessableEntity : null);
    }
}
