using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// The random name of this installation, stored with the state. Objects that several installations might manage carry a mark with it, so
/// that an installation with a new, empty state does not delete the objects of another.
/// </summary>
internal sealed class Installation(IStateStore store)
{
    /// <summary>The annotation that carries the mark.</summary>
    public const string Annotation = "meshport.io/installation";

    private const string Partition = "installation";
    private const string Key = "name";
    private string? _name;

    public async Task<string> NameAsync(CancellationToken cancellationToken)
    {
        _name ??= await FindAsync(cancellationToken) ?? await CreateAsync(cancellationToken);
        return _name;
    }

    /// <summary>
    /// The mark of the objects in a cluster. Each cluster has its own, because two clusters of an installation may lead to the same API
    /// server.
    /// </summary>
    public async Task<string> MarkAsync(ClusterId cluster, CancellationToken cancellationToken) =>
        $"{await NameAsync(cancellationToken)}-{ShortHash.Of(cluster.Key, 8)}";

    private async Task<string> CreateAsync(CancellationToken cancellationToken)
    {
        var created = new InstallationDocument(Guid.NewGuid().ToString("N"));
        await store.TryCommitAsync(Partition, [StateChange.Put(Key, created, StateChange.New)], cancellationToken); // or another did
        return await FindAsync(cancellationToken)
            ?? throw new InvalidOperationException("The state store does not return the installation name that was just written to it.");
    }

    private async Task<string?> FindAsync(CancellationToken cancellationToken) =>
        (await store.FindAsync<InstallationDocument>(Partition, Key, cancellationToken))?.Document.Name;
}

internal sealed record InstallationDocument(string Name);
