using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>A server with scripted answers, and a user who has selected it. Elsewhere than on Linux, it skips the test.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly int _port = LoopbackPorts.Free();
    private WebApplication? _server;

    public ScriptedServer() => Assert.SkipUnless(OperatingSystem.IsLinux(), "The directories of a user are redirected by XDG variables.");

    /// <summary>The home directory of the user.</summary>
    public TestDirectory Home { get; } = new();

    public Dictionary<string, string> User => new(CommandLine.UserOf(Home)) { ["MESHPORT_URL"] = $"http://127.0.0.1:{_port}/" };

    /// <summary>Starts it at the same address each time.</summary>
    public async Task StartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        _server = builder.Build();
        map(_server);
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync(TestContext.Current.CancellationToken);
            await _server.DisposeAsync();
        }

        _server = null;
    }

    /// <summary>Runs a command of the user.</summary>
    public Task<Outcome> RunAsync(params string[] arguments) => CommandLine.RunAloneAsync(User, null, arguments);

    public static IResult Json(string text) => Results.Text(text, "application/json");

    /// <summary>A resource that is Ready.</summary>
    public static string Resource(string path) =>
        $$"""
            {
              "spec": { "port": 9000, "gateway": "external" },
              "metadata": { "id": "{{path}}", "name": "{{path[(path.LastIndexOf('/') + 1)..]}}" },
              "status": {
                "conditions": [{ "type": "Ready", "status": "True", "reason": "AsDesired", "message": "" }],
                "history": [{ "at": "2026-01-01T12:00:00Z", "type": "Ready", "status": "True", "reason": "AsDesired", "message": "" }]
              }
            }
            """;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Home.Dispose();
    }
}
