using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Queues;

namespace MeshPort.Runtime.Tests.Queues;

public sealed class SharedKeyTests : IAsyncLifetime
{
    private readonly HttpClient _http = new(new SocketsHttpHandler());
    private EmbeddedService? _service;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private EmbeddedService Service => _service ?? throw new InvalidOperationException();

    private byte[] Key => Convert.FromBase64String(Service.ConnectionString.Split("AccountKey=")[1].Split(';')[0]);

    public async ValueTask InitializeAsync() => _service = await EmbeddedService.StartAsync(TimeProvider.System, Token);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Service.DisposeAsync();
    }

    [Fact]
    public async Task A_client_with_another_key_is_rejected()
    {
        var other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        var client = EmbeddedService.Client(
            Service.ConnectionString.Replace(Convert.ToBase64String(Key), other, StringComparison.Ordinal),
            QueueMessageEncoding.None
        );

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => client.CreateQueueAsync("orders", cancellationToken: Token));

        Assert.Equal((403, "AuthenticationFailed"), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task A_request_without_a_signature_gets_the_required_scheme()
    {
        using var answer = await _http.GetAsync(new Uri(Service.Address, "/meshport?comp=list"), Token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("SharedKey", answer.Headers.WwwAuthenticate.ToString());
        Assert.Contains(
            "<Code>NoAuthenticationInformation</Code>",
            await answer.Content.ReadAsStringAsync(Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_signature_is_valid_for_its_request_and_for_15_minutes_only()
    {
        var now = TimeProvider.System.GetUtcNow();

        Assert.Equal(HttpStatusCode.OK, await ListAsync("/meshport?comp=list", "/meshport?comp=list", now));
        Assert.Equal(HttpStatusCode.Forbidden, await ListAsync("/meshport?comp=list", "/meshport?comp=list&prefix=x", now));
        Assert.Equal(HttpStatusCode.Forbidden, await ListAsync("/meshport?comp=list", "/meshport?comp=list", now.AddMinutes(-16)));
        Assert.Equal(HttpStatusCode.Forbidden, await ListAsync("/meshport?comp=list", "/meshport?comp=list", now.AddMinutes(16)));
    }

    [Theory]
    [InlineData("GET", "/meshport/orders?comp=acl", 400, "UnsupportedQueryParameter")]
    [InlineData("GET", "/meshport/orders?comp=%01%EF%BF%BF", 400, "UnsupportedQueryParameter")]
    [InlineData("PATCH", "/meshport/orders", 405, "UnsupportedHttpVerb")]
    [InlineData("GET", "/meshport/orders/other", 400, "InvalidUri")]
    [InlineData("PUT", "/meshport/orders/messages/id?visibilitytimeout=0", 400, "MissingRequiredQueryParameter")]
    [InlineData("GET", "/meshport/orders/messages?numofmessages=many", 400, "InvalidQueryParameterValue")]
    [InlineData("POST", "/meshport/orders/messages", 400, "InvalidXmlDocument")]
    public async Task An_unusual_request_is_rejected_as_by_the_service(string method, string target, int status, string code)
    {
        await Service.CreateQueueAsync("orders", Token);
        using var answer = await SendAsync(method, target, target, TimeProvider.System.GetUtcNow());

        Assert.Equal((status, code), ((int)answer.StatusCode, answer.Headers.GetValues("x-ms-error-code").Single()));
    }

    [Fact]
    public async Task A_prefix_that_XML_cannot_hold_finds_nothing() =>
        Assert.Equal(
            HttpStatusCode.OK,
            await ListAsync("/meshport?comp=list&prefix=%00%1F", "/meshport?comp=list&prefix=%00%1F", TimeProvider.System.GetUtcNow())
        );

    private async Task<HttpStatusCode> ListAsync(string signed, string sent, DateTimeOffset date)
    {
        using var answer = await SendAsync("GET", signed, sent, date);
        return answer.StatusCode;
    }

    // Signs simple requests by hand: no content, no headers except the date, no value with an equals sign.
    private async Task<HttpResponseMessage> SendAsync(string method, string signed, string sent, DateTimeOffset date)
    {
        var time = date.ToString("R", CultureInfo.InvariantCulture);
        var (path, query) = signed.Split('?') is [var before, var after] ? (before, after) : (signed, "");
        var parameters = query
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Order(StringComparer.Ordinal)
            .Select(pair => "\n" + Uri.UnescapeDataString(pair.Replace('=', ':')));
        var text = $"{method}\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{time}\n/meshport{path}{string.Concat(parameters)}";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(text)));
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Service.Address, sent));
        request.Headers.Add("x-ms-date", time);
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey meshport:{signature}");
        return await _http.SendAsync(request, Token);
    }
}
