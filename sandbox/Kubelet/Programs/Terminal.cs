using System.Text;
using MeshPort.Sandbox.Kubelet.Streams;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>
/// A terminal in line mode: it echoes what the client types, edits the line with backspace, and ends a line with a carriage return as well.
/// Control-C drops the line, control-D ends the input.
/// </summary>
internal sealed class Terminal(Stream input, Stream output) : DuplexStream
{
    private const byte ControlC = 3;
    private const byte ControlD = 4;
    private const byte Backspace = 8;
    private const byte Delete = 127;
    private readonly Queue<byte> _ready = [];
    private readonly List<byte> _line = [];
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var typed = new byte[1024];
        while (_ready.Count == 0 && !_ended)
        {
            var count = await input.ReadAsync(typed, cancellationToken);
            _ended = count == 0;
            foreach (var key in typed[..count])
            {
                await TypeAsync(key, cancellationToken);
            }
        }

        var read = 0;
        while (read < buffer.Length && _ready.TryDequeue(out var letter))
        {
            buffer.Span[read++] = letter;
        }

        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var text = new List<byte>(buffer.Length);
        foreach (var letter in buffer.Span)
        {
            if (letter == '\n')
            {
                text.Add((byte)'\r');
            }

            text.Add(letter);
        }

        return output.WriteAsync(text.ToArray(), cancellationToken);
    }

    private async ValueTask TypeAsync(byte key, CancellationToken cancellationToken)
    {
        switch (key)
        {
            case (byte)'\r' or (byte)'\n':
                EndLine([(byte)'\n']);
                await WriteAsync("\n"u8.ToArray(), cancellationToken);
                break;
            case ControlC:
                _line.Clear();
                EndLine([(byte)'\n']);
                await WriteAsync("^C\n"u8.ToArray(), cancellationToken);
                break;
            case ControlD:
                _ended = _line.Count == 0;
                EndLine([]);
                break;
            case Backspace or Delete:
                if (_line.Count > 0)
                {
                    _line.RemoveAt(_line.Count - 1);
                    await output.WriteAsync(Encoding.ASCII.GetBytes("\b \b"), cancellationToken);
                }

                break;
            default:
                _line.Add(key);
                await output.WriteAsync(new[] { key }, cancellationToken);
                break;
        }
    }

    private void EndLine(byte[] end)
    {
        foreach (var letter in _line.Concat(end))
        {
            _ready.Enqueue(letter);
        }

        _line.Clear();
    }
}
