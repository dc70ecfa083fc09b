using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// The web server of all API servers. Each cluster only has a listening socket (<see cref="ApiListener"/>), because a web server has a
/// thread and timers that cost processor time even when it is idle.
/// </summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly Connections _connections = new();
    private readonly SocketConnectionContextFactory _sockets = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private readonly WebApplication _app;

    private ApiHost(X509Certificate2 certificate) => _app = Build(certificate, _connections);

    public static async Task<ApiHost> StartAsync(X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var host = new ApiHost(certificate);
        await host._app.StartAsync(cancellationToken);
        return host;
    }

    /// <summary>Serves the connections of a port of 127.0.0.1.</summary>
    /// <param name="port">0: any.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The port is in use.</exception>
    public ApiListener Listen(int port, RequestDelegate handle) => new(port, _sockets, _connections.Add, handle);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _sockets.Dispose();
    }

    private static WebApplication Build(X509Certificate2 certificate, Connections connections)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IConnectionListenerFactory>(connections);
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = 8 * 1024 * 1024;
                kestrel.Limits.MinResponseDataRate = null; // a quiet watch is not a slow client
                kestrel.Listen(
                    IPAddress.Loopback,
                    0,
                    listen =>
                        listen.UseHttps(https =>
                        {
                            https.ServerCertificate = certificate;
                            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                            // An unknown authority is a 401 of the API, not a TLS failure.
                            https.ClientCertificateValidation = (_, _, _) => true;
                        })
                );
            });
        var app = builder.Build();
        app.Run(context =>
            context.Features.Get<ApiListener>() is { } listener
                ? listener.ServeAsync(context)
                : throw new InvalidOperationException("The connection belongs to no cluster.")
        );
        return app;
    }

    /// <summary>Kestrel's source of connections. Those of all listeners come through it.</summary>
    private sealed class Connections : IConnectionListenerFactory, IConnectionListener
    {
        private readonly Channel<ConnectionContext> _accepted = Channel.CreateUnbounded<ConnectionContext>();

        /// <summary>A formality: the listeners have the real addresses.</summary>
        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 0);

        /// <returns>False when the host is stopping.</returns>
        public bool Add(ConnectionContext connection) => _accepted.Writer.TryWrite(connection);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IConnectionListener>(this);

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken) =>
            await _accepted.Reader.WaitToReadAsync(cancellationToken) ? await _accepted.Reader.ReadAsync(cancellationToken) : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken)
        {
            _accepted.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
