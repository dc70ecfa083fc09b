using MeshPort.Runtime.Tests.Functions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests;

/// <summary>A host of this assembly's functions on a new data directory, with a clock that the test steps.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private RunningHost(LocalHost host, string directory, FakeTimeProvider clock, Effects effects)
    {
        Host = host;
        Directory = directory;
        Clock = clock;
        Effects = effects;
    }

    public static TimeSpan Deadline => Wait.Usual;

    public LocalHost Host { get; private set; }

    public string Directory { get; }

    public FakeTimeProvider Clock { get; }

    public Effects Effects { get; }

    public DurableTaskClient Client => Host.Services.GetRequiredService<DurableTaskClient>();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static DateTimeOffset Start { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="time">Default: a clock without a fault.</param>
    public static async Task<RunningHost> StartAsync(Action<IHostApplicationBuilder>? configure = null, FakeTimeProvider? time = null)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("runtime-test-").FullName;
        var clock = time ?? new FakeTimeProvider(Start);
        var effects = new Effects();
        return new RunningHost(await OpenAsync(directory, clock, effects, configure), directory, clock, effects);
    }

    /// <summary>Adds the settings that the test functions name.</summary>
    public static void AddSettings(IHostApplicationBuilder builder) =>
        builder.Configuration.AddInMemoryCollection([new("HourlySchedule", "0 0 * * * *")]);

    /// <summary>Disables sessions, so that every step replays the history.</summary>
    public static void WithoutSessions(IHostApplicationBuilder builder) =>
        builder.Configuration.AddInMemoryCollection([new("extensions:durableTask:extendedSessionsEnabled", "false")]);

    /// <summary>Stops as a killed process does, and starts again on the same directory.</summary>
    public async Task CrashAndRestartAsync()
    {
        await Host.AbandonAsync();
        Host = await OpenAsync(Directory, Clock, Effects, null);
    }

    public async Task RestartAsync()
    {
        await Host.DisposeAsync();
        Host = await OpenAsync(Directory, Clock, Effects, null);
    }

    public async Task<OrchestrationMetadata> CompletionAsync(string id)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Deadline);
        return await Client.WaitForInstanceCompletionAsync(id, true, deadline.Token);
    }

    /// <summary>Runs an orchestration to its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null) =>
        await CompletionAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, Cancelled));

    /// <summary>Steps the clock until the instance has finished. Each step may set the next timer.</summary>
    public async Task<OrchestrationMetadata> CompletionWithTimeAsync(string id, TimeSpan step)
    {
        var completion = CompletionAsync(id);
        while (!completion.IsCompleted)
        {
            Clock.Advance(step);
            await Task.WhenAny(completion, Task.Delay(10, Cancelled));
        }

        return await completion;
    }

    public async Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> reached)
    {
        var engine = Host.Services.GetRequiredService<Durable.DurableEngine>();
        while (true)
        {
            var change = engine.Signals.NextChange(id);
            if (await Client.GetInstanceAsync(id, true, Cancelled) is { } instance && reached(instance))
            {
                return instance;
            }

            await change.WaitAsync(Deadline, Cancelled);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static Task<LocalHost> OpenAsync(
        string directory,
        FakeTimeProvider clock,
        Effects effects,
        Action<IHostApplicationBuilder>? configure
    ) =>
        LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = FunctionAssembly.Instance,
                DataDirectory = directory,
                TimeProvider = clock,
                Configure = builder =>
                {
                    builder.Logging.ClearProviders();
                    AddSettings(builder);
                    builder.Services.AddSingleton(effects);
                    configure?.Invoke(builder);
                },
            },
            Cancelled
        );
}
