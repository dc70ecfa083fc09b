namespace MeshPort.State;

/// <summary>
/// Who this installation is, as long as its State lives: a random name, made when it is first asked for. Objects that several installations could take for theirs carry it, so
/// that a new, empty State does not close another's ports.
/// </summary>
internal sealed class Installation(IStateStore store)
{
    /// <summary>The annotation that carries it.</summary>
    public const string Annotation = "meshport.io/installation";

    private const string Partition = "installation";
    private const string Key = "name";
    private string? _name;

    public async Task<string> NameAsync(CancellationToken cancellationToken)
    {
        if (_name is null)
        {
            // Whoever comes second reads what the first has written.
            await store.TryCommitAsync(
                Partition,
                [StateChange.Put(Key, new InstallationDocument(Guid.NewGuid().ToString("N")), StateChange.New)],
                cancellationToken
            );
            _name = (await store.FindAsync<InstallationDocument>(Partition, Key, cancellationToken))?.Document.Name;
        }

        return _name ?? throw new InvalidOperationException("The store has lost what was just written to it.");
    }
}

internal sealed record InstallationDocument(string Name);
