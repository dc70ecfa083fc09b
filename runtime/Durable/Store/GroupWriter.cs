using System.Threading.Channels;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// The only writer. Each unit of work is all or nothing; units that wait together share one commit, and with it one flush to disk. A unit's task
/// completes after the commit, so what it reports is on disk.
/// </summary>
internal sealed class GroupWriter : IAsyncDisposable
{
    private const int MaxGroup = 512;

    private readonly Database _database;
    private readonly Action<CommitPoint>? _reached;
    private readonly Channel<Unit> _units = Channel.CreateUnbounded<Unit>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;
    private volatile bool _abandoned;

    /// <param name="reached">Told of each commit before and after it; the crash tests die there.</param>
    public GroupWriter(Database database, Action<CommitPoint>? reached = null)
    {
        _database = database;
        _reached = reached;
        _loop = Task.Run(RunAsync);
    }

    /// <param name="work">May be run more than once, the earlier time undone: it has no effect but on the database.</param>
    /// <exception cref="ObjectDisposedException">The writer was closed.</exception>
    public Task<T> WriteAsync<T>(Func<Database, T> work)
    {
        var unit = new Unit<T>(work);
        if (!_units.Writer.TryWrite(unit))
        {
            throw new ObjectDisposedException(nameof(GroupWriter), "The durable store is closed.");
        }

        return unit.Task;
    }

    /// <summary>Refuses everything from now on, as if the process had died.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _units.Writer.TryComplete();
    }

    public async ValueTask DisposeAsync()
    {
        _units.Writer.TryComplete();
        await _loop;
        _database.Dispose();
    }

    private async Task RunAsync()
    {
        var group = new List<Unit>();
        while (await _units.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < MaxGroup && _units.Reader.TryRead(out var unit))
            {
                group.Add(unit);
            }

            Commit(group);
        }
    }

    private void Commit(List<Unit> group)
    {
        try
        {
            ObjectDisposedException.ThrowIf(_abandoned, this);
            _database.Execute("BEGIN IMMEDIATE");
            try
            {
                RunTogether(group);
                ObjectDisposedException.ThrowIf(_abandoned, this);
                _reached?.Invoke(CommitPoint.Before);
                _database.Execute("COMMIT");
                _reached?.Invoke(CommitPoint.After);
            }
            catch
            {
                _database.Execute("ROLLBACK");
                throw;
            }
        }
        catch (Exception exception)
        {
            group.ForEach(unit => unit.Fail(exception));
            return;
        }

        group.ForEach(unit => unit.Finish());
    }

    /// <summary>Units hardly ever refuse, so none gets a savepoint of its own at first: when one does refuse, the group begins again with them.</summary>
    private void RunTogether(List<Unit> group)
    {
        try
        {
            group.ForEach(unit => unit.Run(_database));
        }
        catch (Exception) when (!_abandoned)
        {
            _database.Execute("ROLLBACK");
            _database.Execute("BEGIN IMMEDIATE");
            group.ForEach(unit => unit.RunApart(_database));
        }
    }

    private abstract class Unit
    {
        public abstract void Run(Database database);

        /// <summary>Runs so that a refusal undoes this unit alone.</summary>
        public abstract void RunApart(Database database);

        public abstract void Finish();

        public abstract void Fail(Exception exception);
    }

    private sealed class Unit<T>(Func<Database, T> work) : Unit
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Exception? _refused;
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(Database database) => _result = work(database);

        public override void RunApart(Database database)
        {
            database.Execute("SAVEPOINT unit");
            try
            {
                Run(database);
            }
            catch (Exception exception)
            {
                // This unit's caller gets it; the others of the group go on.
                _refused = exception;
                database.Execute("ROLLBACK TO unit");
            }

            database.Execute("RELEASE unit");
        }

        public override void Finish()
        {
            if (_refused is { } exception)
            {
                _done.SetException(exception);
            }
            else
            {
                _done.SetResult(_result!); // set by Run, which did not throw
            }
        }

        public override void Fail(Exception exception) => _done.TrySetException(exception);
    }
}
