using MeshPort.Host.Hosting;
using MeshPort.Runtime;
using MeshPort.Sandbox;
using MeshPort.State;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Keepers;

/// <summary>
/// MeshPort in this process, which stops at a commit as if it were killed: later writes do not reach the disk. Commits are those of the
/// durable engine (a step of an orchestration, an activity's result, an event) and of the state store.
/// </summary>
internal sealed class MortalHost : IAsyncDisposable
{
    /// <summary>The category of the log's lines about convergences.</summary>
    private const string Convergences = "MeshPort.Convergence";

    private readonly Mortality _life;
    private readonly ListLogger _log;
    private readonly LocalHost _functions;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private bool _isGone;

    private MortalHost(LocalHost functions, Mortality life, ListLogger log)
    {
        (_functions, _life, _log) = (functions, life, log);
        Client = new HttpClient(_handler) { BaseAddress = functions.Address };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _functions.Services;

    /// <param name="resync">An ISO 8601 duration. With a day, only requests start convergences.</param>
    public static async Task<MortalHost> StartAsync(
        AzureSandbox azure,
        string directory,
        CancellationToken cancellationToken,
        string resync = "P1D"
    )
    {
        var life = new Mortality();
        var log = new ListLogger();
        var settings = MeshPortSettings
            .For(azure)
            .With(MeshPortSettings.DataDirectory, directory)
            .With("MeshPort:Resync:ManagedService", resync);
        var functions = await LocalHost.StartAsync(
            new LocalHostOptions
            {
                Functions = FunctionsApplication.Assembly,
                DataDirectory = directory,
                TimeProvider = azure.Clock,
                Reached = _ => life.Pass(),
                Configure = builder =>
                {
                    builder.Configuration.AddConfiguration(settings);
                    builder.Logging.ClearProviders(); // the failures of a killed host would fill the log
                    builder
                        .Logging.AddProvider(log)
                        .AddFilter<ListLogger>(null, LogLevel.None)
                        .AddFilter<ListLogger>(Convergences, LogLevel.Debug);
                    FunctionsApplication.AddServices(builder);
                    var store = new SqliteStateStore(Path.Combine(directory, "meshport.db"));
                    builder.Services.Replace(ServiceDescriptor.Singleton<IStateStore>(_ => new MortalStore(store, life)));
                },
            },
            cancellationToken
        );
        return new MortalHost(functions, life, log);
    }

    /// <summary>
    /// The reads and writes of the state store, where a commit of several documents counts once, and the lists of all clusters.
    /// </summary>
    public (long Reads, long Writes, long Lists) StateTraffic => (_life.Reads, _life.Writes, _life.Lists);

    /// <summary>How many convergences and resyncs have ended, by the log.</summary>
    public int Ends => _log.Lines.Count(line => line.Contains(" ended as ", StringComparison.Ordinal));

    /// <summary>Kills the host after this many points. Each commit has one point before and one after.</summary>
    public void DieAfter(int points) => _life.End(points);

    /// <summary>Whether the host was killed. It stays alive if its work ends before.</summary>
    public bool IsDead => _life.IsOver;

    public async ValueTask DisposeAsync()
    {
        if (!_isGone)
        {
            _isGone = true;
            _life.End(0);
            Client.Dispose();
            _handler.Dispose();
            await _functions.AbandonAsync();
        }
    }

    private sealed class Mortality
    {
        private long _left = long.MaxValue;
        private long _reads;
        private long _writes;
        private long _lists;

        public long Reads => Interlocked.Read(ref _reads);

        public long Writes => Interlocked.Read(ref _writes);

        public long Lists => Interlocked.Read(ref _lists);

        public bool IsOver => Interlocked.Read(ref _left) <= 0;

        public void CountRead() => Interlocked.Increment(ref _reads);

        public void CountList() => Interlocked.Increment(ref _lists);

        public void CountWrite() => Interlocked.Increment(ref _writes);

        public void End(int points) => Interlocked.Exchange(ref _left, points);

        /// <exception cref="IOException">The host was killed.</exception>
        public void Pass()
        {
            if (Interlocked.Decrement(ref _left) <= 0)
            {
                throw new IOException("The process is dead.");
            }
        }
    }

    private sealed class MortalStore(SqliteStateStore store, Mortality life) : IStateStore, IDisposable
    {
        public void Dispose() => store.Dispose();

        public int MostChanges => store.MostChanges;

        public int MostCharacters => store.MostCharacters;

        public Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken)
        {
            life.CountRead();
            return store.FindAsync(partition, key, cancellationToken);
        }

        public Task<IReadOnlyList<StateRow>> ListAsync(
            string partition,
            string prefix,
            string? after,
            int limit,
            CancellationToken cancellationToken
        )
        {
            life.CountRead();
            if (partition == Documents.Index)
            {
                life.CountList();
            }

            return store.ListAsync(partition, prefix, after, limit, cancellationToken);
        }

        public async Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
        {
            life.CountWrite();
            life.Pass();
            var isDone = await store.TryCommitAsync(partition, changes, cancellationToken);
            life.Pass();
            return isDone;
        }
    }
}
