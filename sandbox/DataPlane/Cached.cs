using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>A value derived from objects of a few kinds, recomputed after one of them changed.</summary>
internal sealed class Cached<T>
    where T : class
{
    private readonly ObjectStore _store;
    private readonly Func<T> _read;
    private readonly Lock _reading = new();
    private long _changed;
    private (long Revision, T Value)? _known;

    public Cached(ObjectStore store, IReadOnlyCollection<ResourceType> types, Func<T> read)
    {
        _store = store;
        _read = read;
        store.Changed += change =>
        {
            if (types.Contains(change.Key.Type))
            {
                Raise(change.Revision);
            }
        };
    }

    public T Value
    {
        get
        {
            lock (_reading)
            {
                if (_known is not { } known || known.Revision < Interlocked.Read(ref _changed))
                {
                    var revision = _store.Revision; // read first: a change during the computation makes the value stale
                    _known = known = (revision, _read());
                }

                return known.Value;
            }
        }
    }

    private void Raise(long revision)
    {
        for (var seen = Interlocked.Read(ref _changed); seen < revision; seen = Interlocked.Read(ref _changed))
        {
            Interlocked.CompareExchange(ref _changed, revision, seen);
        }
    }
}
