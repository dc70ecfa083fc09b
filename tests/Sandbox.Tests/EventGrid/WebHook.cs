using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MeshPort.Sandbox.Tests.EventGrid;

/// <summary>A request that a web-hook received.</summary>
internal sealed record Received(string Method, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string EventType => Headers.GetValueOrDefault("aeg-event-type", "");
}

/// <summary>An independent web-hook on a loopback port. It accepts both handshakes by default and records its requests.</summary>
internal sealed class WebHook : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = new();

    private WebHook(WebApplication app) => _app = app;

    /// <summary>The subscribed URL. Its query is a secret.</summary>
    public string Url => $"{_app.Urls.First()}/hook?code=secret";

    /// <summary>The answer to a handshake; by default, consent.</summary>
    public Func<HttpContext, string, Task> OnValidation { get; set; } = ConsentAsync;

    /// <summary>The status of the answer to a delivery, by its number from 1.</summary>
    public Func<int, int> OnDelivery { get; set; } = _ => 200;

    public IReadOnlyList<Received> Deliveries => [.. _received.Where(request => request.EventType == "Notification")];

    public IReadOnlyList<Received> Handshakes => [.. _received.Where(request => request.EventType != "Notification")];

    /// <summary>The events received so far, one by one.</summary>
    public IReadOnlyList<JsonObject> Events =>
        [
            .. Deliveries.SelectMany(delivery =>
                JsonNode.Parse(delivery.Body) switch
                {
                    JsonArray many => many.Select(one => one!.AsObject()),
                    var one => [one!.AsObject()],
                }
            ),
        ];

    public static async Task<WebHook> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        var hook = new WebHook(app);
        app.Run(hook.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return hook;
    }

    public static Task ConsentAsync(HttpContext http, string body)
    {
        if (http.Request.Method == "OPTIONS")
        {
            http.Response.Headers["WebHook-Allowed-Origin"] = http.Request.Headers["WebHook-Request-Origin"];
            return Task.CompletedTask;
        }

        return http.Response.WriteAsJsonAsync(
            new { validationResponse = JsonNode.Parse(body)![0]!["data"]!["validationCode"]!.GetValue<string>() }
        );
    }

    /// <summary>Waits until the received events satisfy the condition.</summary>
    public async Task<IReadOnlyList<JsonObject>> EventsAsync(Func<IReadOnlyList<JsonObject>, bool> isEnough)
    {
        await Wait.UntilAsync(() => isEnough(Events), TestContext.Current.CancellationToken);
        return Events;
    }

    public Task<IReadOnlyList<JsonObject>> EventsAsync(int count) => EventsAsync(events => events.Count >= count);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        _received.Enqueue(
            new Received(
                http.Request.Method,
                http.Request.Headers.ToDictionary(
                    header => header.Key,
                    header => header.Value.ToString(),
                    StringComparer.OrdinalIgnoreCase
                ),
                body
            )
        );
        if (http.Request.Headers["aeg-event-type"] == "Notification")
        {
            http.Response.StatusCode = OnDelivery(Deliveries.Count);
            return;
        }

        await OnValidation(http, body);
    }
}
