using System.IO.Compression;
using System.Text.Json.Nodes;
using MeshPort.Host.Hosting;
using MeshPort.Host.Output;

namespace MeshPort.Host.Bundles;

/// <summary>The zip file of a bundle. Only its owner can read it. All texts pass the mask when the file is written.</summary>
internal sealed class BundleFile
{
    private readonly List<(string Name, Func<SecretMask, string> Text)> _entries = [];

    public void Add(string name, JsonNode? content) => _entries.Add((name, mask => JsonText.Write(Masked(content, mask)) + "\n"));

    public void Add(string name, string text) => _entries.Add((name, mask => mask.Apply(text)));

    /// <exception cref="StartupException">The file cannot be written.</exception>
    public async Task WriteAsync(string path, SecretMask mask, CancellationToken cancellationToken)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using var file = new FileStream(path, options);
            await using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            foreach (var (name, text) in _entries)
            {
                await using var writer = new StreamWriter(await zip.CreateEntry(name).OpenAsync(cancellationToken));
                await writer.WriteAsync(text(mask).AsMemory(), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The bundle cannot be written: {exception.Message} Name another file with --to.");
        }
    }

    /// <summary>
    /// Masks before the text is JSON, in which a secret may be escaped. Only messages quote fields; the words in other fields would be
    /// masked by chance.
    /// </summary>
    private static JsonNode? Masked(JsonNode? node, SecretMask mask, string field = "") =>
        node switch
        {
            JsonObject fields => new JsonObject(fields.Select(one => KeyValuePair.Create(one.Key, Masked(one.Value, mask, one.Key)))),
            JsonArray items => new JsonArray([.. items.Select(item => Masked(item, mask, field))]),
            JsonValue value when value.TryGetValue<string>(out var text) => field is "message" or "detail"
                ? mask.Apply(text)
                : SecretMask.OfCredentials(text),
            _ => node?.DeepClone(),
        };
}
