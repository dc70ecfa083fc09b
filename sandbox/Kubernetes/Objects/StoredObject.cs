using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// A published object: its JSON bytes, and its parsed tree while it was recently used in this process. A tree takes ten times the memory of
/// the bytes; thousands of objects in hundreds of clusters fit into memory only as bytes.
/// </summary>
internal sealed class StoredObject(byte[] utf8)
{
    private const int LiveTrees = 4096;
    private static readonly StoredObject?[] Live = new StoredObject?[LiveTrees];
    private static int Newest;
    private volatile JsonObject? _body;

    public byte[] Utf8 => utf8;

    /// <summary>Immutable: copy it before a change.</summary>
    public JsonObject Body
    {
        get
        {
            if (_body is { } known)
            {
                return known;
            }

            var body = JsonNode.Parse(utf8)!.AsObject(); // made from an object
            Initialize(body);
            Keep(body);
            return body;
        }
    }

    /// <param name="body">Do not change it afterwards.</param>
    public static StoredObject Of(JsonObject body)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (
            var writer = new Utf8JsonWriter(
                buffer,
                new JsonWriterOptions
                {
                    SkipValidation = true,
                    Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                }
            )
        )
        {
            body.WriteTo(writer);
        }

        Initialize(body);
        var stored = new StoredObject(buffer.WrittenSpan.ToArray());
        stored.Keep(body);
        return stored;
    }

    /// <summary>First in, first out: drops the tree that was parsed first.</summary>
    private void Keep(JsonObject body)
    {
        _body = body;
        var slot = (uint)Interlocked.Increment(ref Newest) % LiveTrees;
        if (Interlocked.Exchange(ref Live[slot], this) is { } oldest && oldest != this)
        {
            oldest._body = null;
        }
    }

    /// <summary>A parsed node initializes lazily on first read. Doing that here keeps concurrent readers from writing.</summary>
    private static void Initialize(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (_, child) in map)
                {
                    Initialize(child);
                }

                break;
            case JsonArray list:
                foreach (var child in list)
                {
                    Initialize(child);
                }

                break;
        }
    }
}
