using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Sandbox.Control;

/// <summary>
/// The sandbox's control endpoint, which Azure does not have: HTTP on loopback under <c>/sandbox</c>. Clients send its key
/// (<c>Authorization: Bearer KEY</c>). Every controllable part of the sandbox maps its routes here.
/// </summary>
public sealed class SandboxControl : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SandboxControl(WebApplication app) => _app = app;

    public Uri Endpoint => new(_app.Urls.First());

    public static async Task<SandboxControl> StartAsync(AzureSandbox sandbox, string key, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            });
        var app = builder.Build();
        app.Use((http, next) => GuardAsync(http, key, () => next(http)));
        app.UseRouting();
        new FaultRoutes(sandbox.World.Faults).Map(app);
        new ClockRoutes(sandbox.Clock).Map(app);
        new ClusterRoutes(sandbox).Map(app);
        new EventRoutes(sandbox.Events).Map(app);
        new ChainRoutes(sandbox).Map(app);
        new VaultRoutes(sandbox.World.VaultCertificates).Map(app);
        app.MapFallback(http =>
            ControlAnswers.RefuseAsync(http, 404, "NotFound", $"{http.Request.Method} {http.Request.Path} does not exist.")
        );
        await app.StartAsync(cancellationToken);
        return new SandboxControl(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task GuardAsync(HttpContext http, string key, Func<Task> next)
    {
        if (
            !CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()),
                Encoding.UTF8.GetBytes($"Bearer {key}")
            )
        )
        {
            await ControlAnswers.RefuseAsync(
                http,
                401,
                "Unauthorized",
                "Send this sandbox's key as 'Authorization: Bearer KEY'. The key is in control.key in its directory."
            );
            return;
        }

        try
        {
            await next();
        }
        catch (InvalidControlException invalid)
        {
            await ControlAnswers.RefuseAsync(http, 400, "Invalid", "The request is invalid.", invalid.Problems);
        }
    }
}
