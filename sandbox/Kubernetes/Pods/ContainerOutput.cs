using System.Text;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <param name="Number">Counts from 1.</param>
internal readonly record struct OutputLine(long Number, DateTimeOffset At, string Text);

/// <summary>What a container has printed for its connections: the newest of it, since a kubelet keeps only so much, too.</summary>
internal sealed class ContainerOutput(TimeProvider clock)
{
    private const int Capacity = 32 * 1024;
    private readonly Queue<OutputLine> _lines = [];
    private readonly Lock _lock = new();
    private long _count;
    private int _length;

    /// <summary>Raised after something was printed.</summary>
    public event Action? Written;

    /// <summary>What is printed for answers that begin with the greeting, a line each (istio/istio: samples/tcp-echo/src/main.go). Of very many at a time, those that would be kept.</summary>
    public void Echoed(ReadOnlySpan<byte> answers, ReadOnlySpan<byte> greeting)
    {
        if (answers.Length > Capacity / 2)
        {
            answers = answers[^(Capacity / 2)..]; // each is printed twice
            answers = answers[(answers.IndexOf((byte)'\n') + 1)..];
        }

        if (answers.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            for (var end = answers.IndexOf((byte)'\n'); end >= 0; end = answers.IndexOf((byte)'\n'))
            {
                if (answers.StartsWith(greeting)) // not the end of a line that is too long to be kept
                {
                    Print("request: ", answers[greeting.Length..end]);
                    Print("response: ", answers[..end]);
                }

                answers = answers[(end + 1)..];
            }
        }

        Written?.Invoke();
    }

    public OutputLine[] After(long number)
    {
        lock (_lock)
        {
            return [.. _lines.SkipWhile(line => line.Number <= number)];
        }
    }

    private void Print(string what, ReadOnlySpan<byte> text)
    {
        var line = new OutputLine(++_count, clock.GetUtcNow(), $"{what}{Encoding.UTF8.GetString(text)}");
        _lines.Enqueue(line);
        _length += line.Text.Length;
        while (_length > Capacity)
        {
            _length -= _lines.Dequeue().Text.Length;
        }
    }
}
