using System.Threading.Channels;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>
/// The only writer. Each unit of work is all or nothing. Units that wait together share one commit and one flush to disk. A unit's task
/// completes after the commit.
/// </summary>
internal sealed class GroupWriter : IAsyncDisposable
{
    private const int MaxGroup = 512;

    private readonly Database _database;
    private readonly Action<CommitPoint>? _reached;
    private readonly Channel<Unit> _units = Channel.CreateUnbounded<Unit>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;
    private volatile bool _abandoned;

    /// <param name="reached">Called before and after each commit. The crash tests kill the process there.</param>
    public GroupWriter(Database database, Action<CommitPoint>? reached = null)
    {
        _database = database;
        _reached = reached;
        _loop = Task.Run(RunAsync);
    }

    /// <param name="work">May run twice, with the first run rolled back. It must change nothing but the database.</param>
    /// <exception cref="ObjectDisposedException">The writer is closed.</exception>
    public Task<T> WriteAsync<T>(Func<Database, T> work)
    {
        var unit = new Unit<T>(work);
        if (!_units.Writer.TryWrite(unit))
        {
            throw new ObjectDisposedException(nameof(GroupWriter), "The durable store is closed.");
        }

        return unit.Task;
    }

    /// <summary>Rejects all work from now on, as if the process had died.</summary>
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

    /// <summary>
    /// Runs the units without savepoints first, because a unit rarely throws. If one throws, the group starts again with one savepoint a
    /// unit.
    /// </summary>
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

        /// <summary>Runs in a savepoint, so that an exception rolls back this unit alone.</summary>
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
                // Only this unit's caller gets the exception. The other units continue.
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
