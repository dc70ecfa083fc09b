using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.Sandbox.DataPlane;

/// <summary><c>istio/tcp-echo-server PORT[,PORT] PREFIX</c>: answers every line with the prefix, a space and the line; an unfinished last line is not answered.</summary>
internal static class EchoServer
{
    /// <summary>Memory for one line; a longer one is answered in parts.</summary>
    private const int LongestLine = 64 * 1024;

    public static bool ListensOn(IReadOnlyList<string> arguments, long port) => arguments.Count >= 2
        && arguments[0].Split(',').Any(one => long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out var listened) && listened == port);

    /// <param name="seen">What was already read from the socket.</param>
    public static async Task ServeAsync(Socket client, ReadOnlyMemory<byte> seen, string prefix, CancellationToken cancellationToken)
    {
        var greeting = Encoding.UTF8.GetBytes($"{prefix} ");
        await using var stream = new NetworkStream(client, ownsSocket: false);
        var input = PipeReader.Create(new PrefixedStream(seen, stream), new StreamPipeReaderOptions(leaveOpen: true));
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        var inLine = false;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (Cut(ref buffer, out var part, out var ends))
            {
                if (!inLine)
                {
                    output.Write(greeting);
                }

                foreach (var segment in part)
                {
                    output.Write(segment.Span);
                }

                inLine = !ends;
                await output.FlushAsync(cancellationToken); // waits while the client does not read: memory stays bounded
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await input.CompleteAsync();
        await output.CompleteAsync();
        client.Shutdown(SocketShutdown.Send);
    }

    private static bool Cut(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> part, out bool ends)
    {
        var newline = buffer.PositionOf((byte)'\n');
        ends = newline is not null;
        if (newline is null && buffer.Length < LongestLine)
        {
            part = default;
            return false;
        }

        var end = newline is { } at ? buffer.GetPosition(1, at) : buffer.End;
        part = buffer.Slice(0, end);
        buffer = buffer.Slice(end);
        return true;
    }

    /// <summary>Reads what was seen first, then the stream.</summary>
    private sealed class PrefixedStream(ReadOnlyMemory<byte> seen, Stream rest) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (seen.IsEmpty)
            {
                return rest.ReadAsync(buffer, cancellationToken);
            }

            var count = Math.Min(seen.Length, buffer.Length);
            seen[..count].CopyTo(buffer);
            seen = seen[count..];
            return ValueTask.FromResult(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
