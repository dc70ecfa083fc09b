using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.Sandbox;
using MeshPort.Sandbox.World;
using Microsoft.Data.Sqlite;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// A cluster that is Ready, with exposures that are Ready, in a simulated Azure and in MeshPort's data directory. It is made once in a
/// test run and saved while simulated time is held. A test whose subject is what happens later starts from a copy.
/// </summary>
/// <remarks>
/// A copy has its own ports and its own block of public addresses, and its simulated time continues where the original was held, at the
/// speed that the test wants. The address and the clock are therefore rewritten in the copied files. Hashes of the address (in the names of
/// security rules) are not: the first pass over the copy replaces these rules.
/// </remarks>
internal sealed class PreparedWorld
{
    public const string SandboxFile = "sandbox.db";
    private const double TimeScale = 300;
    private const int GuardPort = 47100; // as PublicAddresses
    private const int FirstBlock = 20;
    private const int LastBlock = 250;
    private static readonly ConcurrentDictionary<string, Lazy<Task<PreparedWorld>>> Made = new(StringComparer.Ordinal);
    private static readonly SemaphoreSlim OneCopyStarts = new(1, 1);
    private readonly DirectoryInfo _files;
    private readonly DateTimeOffset _time;
    private readonly int? _block;

    private PreparedWorld(DirectoryInfo files, DateTimeOffset time, int? block) => (_files, _time, _block) = (files, time, block);

    /// <param name="settings">The settings of MeshPort, for the original and the copies.</param>
    public static Task<PreparedWorld> OfAsync(
        JsonObject cluster,
        IReadOnlyList<(string Name, JsonObject Spec)> exposures,
        IReadOnlyList<(string Key, string Value)> settings
    )
    {
        var key = string.Join(
            '\n',
            [
                cluster.ToJsonString(),
                .. exposures.Select(one => $"{one.Name} {one.Spec.ToJsonString()}"),
                .. settings.Select(setting => $"{setting}"),
            ]
        );
        return Made.GetOrAdd(key, _ => new(() => MakeAsync(cluster, exposures, [.. settings]))).Value;
    }

    /// <summary>Copies the files and starts the simulated Azure from them.</summary>
    /// <param name="directory">The directory of the copy, in which MeshPort can start afterwards.</param>
    public async Task<AzureSandbox> StartCopyAsync(string directory, double timeScale, CancellationToken cancellationToken)
    {
        await OneCopyStarts.WaitAsync(cancellationToken); // two concurrent copies would find the same free block
        try
        {
            while (true)
            {
                var block = FreeBlock();
                Copy(directory, block, timeScale);
                var azure = await AzureSandbox.StartAsync(
                    new SandboxOptions { StateFile = Path.Combine(directory, SandboxFile) },
                    cancellationToken
                );
                if (_block is null || BlockOf(azure) == block)
                {
                    return azure;
                }

                await azure.DisposeAsync(); // another process took the block in between
            }
        }
        finally
        {
            OneCopyStarts.Release();
        }
    }

    private static async Task<PreparedWorld> MakeAsync(
        JsonObject cluster,
        IReadOnlyList<(string Name, JsonObject Spec)> exposures,
        (string Key, string Value)[] settings
    )
    {
        var cancellationToken = CancellationToken.None; // other tests wait for it too
        var files = new TestDirectory(); // deleted with the process, see below
        AppDomain.CurrentDomain.ProcessExit += (_, _) => files.Dispose();
        var azure = await AzureSandbox.StartAsync(
            new SandboxOptions { TimeScale = TimeScale, StateFile = files[SandboxFile] },
            cancellationToken
        );
        var host = await MeshPortHost.StartInAsync(files, azure, cancellationToken, settings);
        try
        {
            await host.SucceedAsync(await host.PutClusterAsync(cancellationToken, cluster), cancellationToken);
            foreach (var (name, spec) in exposures)
            {
                await host.SucceedAsync(await host.PutExposureAsync(name, spec, cancellationToken), cancellationToken);
            }

            await Wait.UntilAsync(() => azure.Operations.All(operation => operation.Status != "InProgress"), cancellationToken);
            azure.Clock.Hold();
            return new PreparedWorld(new DirectoryInfo(files.Path), azure.Clock.GetUtcNow(), BlockOf(azure));
        }
        finally
        {
            await host.StopAsync();
        }
    }

    private void Copy(string directory, int block, double timeScale)
    {
        foreach (var file in _files.GetFiles("*.db*"))
        {
            file.CopyTo(Path.Combine(directory, file.Name), overwrite: true);
        }

        foreach (var file in Directory.GetFiles(directory, "*.db"))
        {
            using var database = new SqliteConnection($"Data Source={file};Pooling=False");
            database.Open();
            using var transaction = database.BeginTransaction();
            if (_block is { } made && made != block)
            {
                Replace(database, $"127.{made}.", $"127.{block}.");
            }

            if (Path.GetFileName(file) == SandboxFile)
            {
                SetClock(database, timeScale);
            }

            transaction.Commit();
        }
    }

    private static void Replace(SqliteConnection database, string old, string wanted)
    {
        foreach (var (table, column) in Columns(database))
        {
            Execute(
                database,
                $"UPDATE \"{table}\" SET \"{column}\" = replace(\"{column}\", $old, $new) "
                    + $"WHERE typeof(\"{column}\") = 'text' AND instr(\"{column}\", $old)",
                ("$old", old),
                ("$new", wanted)
            );
        }
    }

    private static List<(string Table, string Column)> Columns(SqliteConnection database)
    {
        using var command = database.CreateCommand();
        command.CommandText =
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns "
            + "WHERE tables.type = 'table'";
        using var reader = command.ExecuteReader();
        var found = new List<(string, string)>();
        while (reader.Read())
        {
            found.Add((reader.GetString(0), reader.GetString(1)));
        }

        return found;
    }

    /// <summary>
    /// The clock in the format of the sandbox: the instant at which simulated and real time are equal, and the lead of simulated time.
    /// </summary>
    private void SetClock(SqliteConnection database, double timeScale)
    {
        var now = new SandboxClock(1).Epoch;
        var clock = new JsonObject
        {
            ["at"] = now,
            ["scale"] = timeScale,
            ["advanced"] = (_time - now).ToString("c", CultureInfo.InvariantCulture),
        };
        Execute(database, "UPDATE documents SET body = $body WHERE tbl = 'clock' AND id = 'epoch'", ("$body", clock.ToJsonString()));
    }

    private static void Execute(SqliteConnection database, string sql, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }

    /// <summary>The second number of the public addresses; null where all addresses are 127.0.0.1.</summary>
    private static int? BlockOf(AzureSandbox azure) =>
        azure.World.Addresses.AreShared ? null : azure.World.Addresses.Inside.BaseAddress.GetAddressBytes()[1];

    private int FreeBlock() =>
        _block is null
            ? 0
            : Enumerable
                .Range(FirstBlock, LastBlock - FirstBlock + 1)
                .First(block =>
                {
                    using var guard = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    try
                    {
                        guard.Bind(new IPEndPoint(IPAddress.Parse($"127.{block}.255.254"), GuardPort));
                        return true;
                    }
                    catch (SocketException)
                    {
                        return false;
                    }
                });
}
