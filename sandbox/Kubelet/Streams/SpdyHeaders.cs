using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MeshPort.Sandbox.Kubelet.Streams;

/// <summary>
/// The compressed headers of SPDY/3.1 frames (SPDY protocol draft 3.1, section 2.6.10). All headers of a direction form one zlib stream
/// with a preset dictionary. .NET's inflater has no such dictionary, so it gets the dictionary as a first, uncompressed block.
/// </summary>
internal sealed class SpdyHeaders : IDisposable
{
    private const int LongestText = 64 * 1024;
    private const int ZlibHeader = 2;
    private const int DictionaryId = 4;
    private static readonly byte[] Dictionary = Words();
    private readonly Feed _input = new();
    private readonly DeflateStream _inflater;
    private bool _hasRead;
    private bool _hasWritten;

    public SpdyHeaders() => _inflater = new DeflateStream(_input, CompressionMode.Decompress);

    /// <param name="block">The compressed headers of one frame.</param>
    /// <returns>The headers by their lower-case names.</returns>
    /// <exception cref="InvalidDataException">The block is malformed.</exception>
    public IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        if (!_hasRead)
        {
            _hasRead = true;
            if (block.Length < ZlibHeader + DictionaryId)
            {
                throw new InvalidDataException("The first headers of the connection are too short.");
            }

            var hasDictionary = (block[1] & 0x20) != 0; // RFC 1950, FDICT
            if (hasDictionary)
            {
                _input.Add(Stored(Dictionary));
                _inflater.ReadExactly(new byte[Dictionary.Length]);
            }

            block = block[(hasDictionary ? ZlibHeader + DictionaryId : ZlibHeader)..];
        }

        _input.Add(block.ToArray());
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = ReadNumber(); left > 0; left--)
        {
            var name = ReadText();
            headers[name] = ReadText();
        }

        return headers;
    }

    /// <summary>No headers: the answer to every stream.</summary>
    public byte[] WriteNone()
    {
        byte[] zlib = _hasWritten ? [] : [0x78, 0x01];
        _hasWritten = true;
        return [.. zlib, .. Stored(new byte[sizeof(int)]), .. Stored([])]; // an empty block flushes
    }

    public void Dispose() => _inflater.Dispose();

    /// <summary>A block that is not compressed and not the last one (RFC 1951, section 3.2.4).</summary>
    private static byte[] Stored(byte[] bytes)
    {
        var block = new byte[5 + bytes.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(1), (ushort)bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(3), (ushort)~bytes.Length);
        bytes.CopyTo(block.AsSpan(5));
        return block;
    }

    private int ReadNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        _inflater.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    private string ReadText()
    {
        var length = ReadNumber();
        if (length is < 0 or > LongestText)
        {
            throw new InvalidDataException($"A header is {length} bytes long.");
        }

        var bytes = new byte[length];
        _inflater.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private static byte[] Words()
    {
        string[] words =
        [
            .. "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow".Split(
                ' '
            ),
            .. "authorization cache-control connection content-base content-encoding content-language content-length".Split(' '),
            .. "content-location content-md5 content-range content-type date etag expect expires from host if-match".Split(' '),
            .. "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma".Split(' '),
            .. "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade".Split(' '),
            .. "user-agent vary via warning www-authenticate method get status".Split(' '),
            "200 OK",
            .. "version HTTP/1.1 url public set-cookie keep-alive origin".Split(' '),
        ];
        const string Rest =
            "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information"
            + "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error"
            + "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, "
            + "Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
            + "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
        return
        [
            .. words.SelectMany(word => new byte[] { 0, 0, 0, (byte)word.Length }.Concat(Encoding.ASCII.GetBytes(word))),
            .. Encoding.ASCII.GetBytes(Rest),
        ];
    }

    /// <summary>The compressed bytes received so far.</summary>
    private sealed class Feed : Stream
    {
        private readonly Queue<byte[]> _blocks = [];
        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Add(byte[] block) => _blocks.Enqueue(block);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (!_blocks.TryPeek(out var block))
            {
                return 0;
            }

            var count = Math.Min(buffer.Length, block.Length - _read);
            block.AsSpan(_read, count).CopyTo(buffer);
            _read += count;
            if (_read == block.Length)
            {
                _blocks.Dequeue();
                _read = 0;
            }

            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
