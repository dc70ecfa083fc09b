using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Threading.Channels;

namespace MeshPort.Sandbox.Kubelet.Streams;

/// <summary>A stream that the client opened, with its headers.</summary>
internal sealed record SpdyStream(IReadOnlyDictionary<string, string> Headers, ClientStream Bytes);

/// <summary>
/// The server's end of a SPDY/3.1 connection as Kubernetes clients use it: only the client opens streams, and no end uses flow control
/// (SPDY protocol draft 3.1, section 2).
/// </summary>
internal sealed class SpdyConnection(Stream transport) : IDisposable
{
    private const int HeaderLength = 8;
    private const int LongestControlFrame = 1024 * 1024;
    private const int DataPart = 32 * 1024;
    private const byte Finished = 1;
    private const int IdsOfStream = 10; // stream, associated stream, priority and slot
    private readonly SpdyHeaders _headers = new();
    private readonly ConcurrentDictionary<int, ClientStream> _streams = [];
    private readonly Channel<SpdyStream> _opened = Channel.CreateUnbounded<SpdyStream>();
    private readonly SemaphoreSlim _writing = new(1, 1);

    private enum FrameType : ushort
    {
        SynStream = 1,
        SynReply = 2,
        RstStream = 3,
        Ping = 6,
        GoAway = 7,
    }

    /// <summary>The streams in the order in which the client opens them. It ends with the connection.</summary>
    public ChannelReader<SpdyStream> Opened => _opened.Reader;

    /// <summary>Reads frames until the client closes the connection.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        try
        {
            while (await transport.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken) == HeaderLength)
            {
                var length = (int)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)) & 0xFF_FFFF;
                if ((header[0] & 0x80) == 0)
                {
                    await ReadDataAsync(BinaryPrimitives.ReadInt32BigEndian(header), header[4], length, cancellationToken);
                }
                else
                {
                    await ReadControlAsync(
                        (FrameType)BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2)),
                        header[4],
                        length,
                        cancellationToken
                    );
                }
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or OperationCanceledException)
        {
            // The client broke the connection or the protocol.
        }
        finally
        {
            foreach (var id in _streams.Keys)
            {
                End(id);
            }

            _opened.Writer.TryComplete();
        }
    }

    /// <summary>Tells the client that the server is done (GOAWAY).</summary>
    public ValueTask LeaveAsync(CancellationToken cancellationToken) =>
        WriteControlAsync(FrameType.GoAway, new byte[2 * sizeof(int)], cancellationToken);

    public void Dispose()
    {
        _headers.Dispose();
        _writing.Dispose();
    }

    private async Task ReadDataAsync(int id, byte flags, int length, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DataPart);
        try
        {
            while (length > 0)
            {
                var part = buffer.AsMemory(0, Math.Min(length, DataPart));
                await transport.ReadExactlyAsync(part, cancellationToken);
                length -= part.Length;
                if (_streams.TryGetValue(id, out var stream))
                {
                    await stream.ReceiveAsync(part, cancellationToken);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if ((flags & Finished) != 0)
        {
            End(id);
        }
    }

    private async Task ReadControlAsync(FrameType type, byte flags, int length, CancellationToken cancellationToken)
    {
        if (length > LongestControlFrame)
        {
            throw new InvalidDataException($"A control frame is {length} bytes long.");
        }

        var payload = new byte[length];
        await transport.ReadExactlyAsync(payload, cancellationToken);
        switch (type)
        {
            case FrameType.SynStream when length >= IdsOfStream:
                await OpenAsync(payload, flags, cancellationToken);
                break;
            case FrameType.RstStream when length >= sizeof(int):
                End(BinaryPrimitives.ReadInt32BigEndian(payload));
                break;
            case FrameType.Ping:
                await WriteControlAsync(FrameType.Ping, payload, cancellationToken);
                break;
            default:
                break; // settings and other frames need no answer
        }
    }

    private async Task OpenAsync(byte[] payload, byte flags, CancellationToken cancellationToken)
    {
        var id = BinaryPrimitives.ReadInt32BigEndian(payload);
        var headers = _headers.Read(payload.AsSpan(IdsOfStream));
        var stream = new ClientStream(
            (bytes, token) => WriteDataAsync(id, 0, bytes, token),
            token => WriteDataAsync(id, Finished, default, token)
        );
        _streams[id] = stream;
        byte[] reply = [.. payload.AsSpan(0, sizeof(int)), .. _headers.WriteNone()];
        await WriteControlAsync(FrameType.SynReply, reply, cancellationToken);
        _opened.Writer.TryWrite(new SpdyStream(headers, stream));
        if ((flags & Finished) != 0)
        {
            End(id);
        }
    }

    private void End(int id)
    {
        if (_streams.TryRemove(id, out var stream))
        {
            stream.EndInput();
        }
    }

    private async ValueTask WriteDataAsync(int id, byte flags, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        do
        {
            var part = bytes[..Math.Min(bytes.Length, DataPart)];
            bytes = bytes[part.Length..];
            await WriteAsync((uint)id, flags, part, cancellationToken);
        } while (!bytes.IsEmpty);
    }

    private ValueTask WriteControlAsync(FrameType type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        const uint Control = 0x8003_0000; // the control bit and version 3
        return WriteAsync(Control | (uint)type, 0, payload, cancellationToken);
    }

    private async ValueTask WriteAsync(uint start, byte flags, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var frame = new byte[HeaderLength + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, start);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), ((uint)flags << 24) | (uint)payload.Length);
        payload.CopyTo(frame.AsMemory(HeaderLength));
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await transport.WriteAsync(frame, cancellationToken);
            await transport.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }
}
