using System.Threading.Channels;

namespace MeshPort.Runtime.Durable;

/// <summary>The instances with work. One worker has an instance at a time. An instance that is woken meanwhile is queued again.</summary>
internal sealed class ReadyInstances
{
    private readonly Channel<string> _ready = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal); // true: a worker has it; absent: idle
    private readonly HashSet<string> _again = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public ChannelReader<string> Reader => _ready.Reader;

    public void Wake(string instanceId)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(instanceId, out var taken))
            {
                if (taken)
                {
                    _again.Add(instanceId);
                }

                return;
            }

            _known.Add(instanceId, false);
            _ready.Writer.TryWrite(instanceId);
        }
    }

    public void Taken(string instanceId)
    {
        lock (_lock)
        {
            _known[instanceId] = true;
        }
    }

    public void Done(string instanceId)
    {
        lock (_lock)
        {
            _known.Remove(instanceId);
            if (_again.Remove(instanceId))
            {
                _known.Add(instanceId, false);
                _ready.Writer.TryWrite(instanceId);
            }
        }
    }
}
