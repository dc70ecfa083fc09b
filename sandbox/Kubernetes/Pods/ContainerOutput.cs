using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <param name="Number">Starts at 1.</param>
internal readonly record struct OutputLine(long Number, DateTimeOffset At, string Text);

/// <summary>The recent output of a container for its connections. Older output is dropped, as a kubelet does.</summary>
internal sealed class ContainerOutput(TimeProvider clock)
{
    private const int Capacity = 32 * 1024;
    private readonly Queue<OutputLine> _lines = [];
    private readonly Lock _lock = new();
    private long _count;
    private int _length;

    /// <summary>Raised after new output.</summary>
    public event Action? Written;

    /// <summary>Raised when the container's pod is deleted.</summary>
    public event Action? Ended;

    public bool HasEnded { get; private set; }

    /// <summary>
    /// Adds the log lines for answers that start with the greeting (istio/istio: samples/tcp-echo/src/main.go). From a large batch, only
    /// the lines that would be kept.
    /// </summary>
    public void Echoed(ReadOnlySpan<byte> answers, ReadOnlySpan<byte> greeting)
    {
        if (answers.Length > Capacity / 2)
        {
            answers = answers[^(Capacity / 2)..]; // every answer is logged twice
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
                if (answers.StartsWith(greeting)) // not the tail of a line that is too long to keep
                {
                    Print("request: ", answers[greeting.Length..end]);
                    Print("response: ", answers[..end]);
                }

                answers = answers[(end + 1)..];
            }
        }

        Written?.Invoke();
    }

    /// <summary>Adds a line.</summary>
    public void Add(string line)
    {
        lock (_lock)
        {
            Print("", Encoding.UTF8.GetBytes(line));
        }

        Written?.Invoke();
    }

    /// <summary>Called when the pod is deleted.</summary>
    public void End()
    {
        HasEnded = true;
        Ended?.Invoke();
    }

    /// <summary>New lines as they come, until the pod is deleted.</summary>
    public async IAsyncEnumerable<OutputLine[]> FollowAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake() => wake.Writer.TryWrite(true);
        Written += Wake;
        Ended += Wake;
        try
        {
            while (true)
            {
                var hasEnded = HasEnded; // before the last lines are read
                if (After(after) is { Length: > 0 } news)
                {
                    after = news[^1].Number;
                    yield return news;
                }

                if (hasEnded)
                {
                    yield break;
                }

                await wake.Reader.ReadAsync(cancellationToken);
            }
        }
        finally
        {
            Written -= Wake;
            Ended -= Wake;
        }
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
