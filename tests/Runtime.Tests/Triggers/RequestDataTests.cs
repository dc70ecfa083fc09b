using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace MeshPort.Runtime.Tests.Triggers;

public sealed class RequestDataTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_body_is_bound_to_the_parameter_with_the_attribute()
    {
        await using var host = await TriggersHost.StartAsync();
        using var answer = await host.Http.PostAsJsonAsync("api/orders/corner", new { customer = "jose", amount = 3 }, Cancelled);
        Assert.Equal("POST corner Order { Customer = jose, Amount = 3 }", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("{\"amount\":\"many\"}", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("{\"customer\":\"jose\"}", "text/plain")]
    public async Task A_body_that_cannot_be_bound_fails_the_function_as_on_Azure(string body, string type)
    {
        await using var host = await TriggersHost.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var answer = await host.Http.PostAsync("api/orders/corner", content, Cancelled);
        Assert.Equal((HttpStatusCode.InternalServerError, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled)));
    }

    [Fact]
    public async Task The_attribute_of_MVC_binds_nothing()
    {
        await using var host = await TriggersHost.StartAsync();
        using var answer = await host.Http.PostAsJsonAsync("api/MvcBody", new { customer = "jose" }, Cancelled);
        Assert.Equal("POST True", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task The_workers_request_and_response_adapt_those_of_ASP_NET()
    {
        await using var host = await TriggersHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/Data?q=a%20b")
        {
            Content = JsonContent.Create(new { CUSTOMER = "jose" }),
        };
        request.Headers.Add("Cookie", "crumb=7");
        request.Headers.Add("X-Sent", "yes");
        using var answer = await host.Http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("POST a b 7 yes", answer.Headers.GetValues("X-Seen").Single());
        Assert.Equal(["left=1", "max-age=60", "samesite=strict", "httponly"], answer.Headers.GetValues("Set-Cookie").Single().Split("; "));
        Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("""{"Customer":"jose","Same":true}""", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task Text_is_read_and_written_and_a_blocking_write_is_rejected()
    {
        await using var host = await TriggersHost.StartAsync();
        using var answer = await host.Http.PostAsync("api/WholeText", new StringContent("grüße"), Cancelled);
        Assert.Equal((HttpStatusCode.OK, "grüße!"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled)));
        Assert.Equal(HttpStatusCode.InternalServerError, (await host.Http.PostAsync("api/Holding", null, Cancelled)).StatusCode);
    }
}
