using System.Buffers;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>Turns received lines into answers. It keeps back an unfinished line.</summary>
internal sealed class EchoLines(byte[] greeting) : IDisposable
{
    /// <summary>The memory for one line. A longer line is answered in parts.</summary>
    private const int LongestLine = 64 * 1024;

    private byte[] _buffer = [];
    private int _length;
    private int _whole;
    private bool _inLine;

    /// <summary>The complete answers.</summary>
    public ReadOnlyMemory<byte> Whole => _buffer.AsMemory(0, _whole);

    public void Add(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            var newline = input.IndexOf((byte)'\n');
            var part = newline < 0 ? input : input[..(newline + 1)];
            if (!_inLine)
            {
                Write(greeting);
            }

            Write(part);
            input = input[part.Length..];
            _inLine = newline < 0;
            if (!_inLine || _length - _whole >= LongestLine)
            {
                _whole = _length;
            }
        }
    }

    /// <summary>Discards the answers that were sent.</summary>
    public void Sent()
    {
        _buffer.AsSpan(_whole, _length - _whole).CopyTo(_buffer);
        _length -= _whole;
        _whole = 0;
        if (_length == 0)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length < _length + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * (_length + bytes.Length));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            Dispose();
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
