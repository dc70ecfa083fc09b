using System.Text.Json;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Contexts;

/// <summary>The file in a data directory that tells where its running <c>serve</c> listens.</summary>
internal static class ServeFile
{
    private const string Name = "serve.json";

    /// <param name="settings">The path of the settings file. Null without one.</param>
    public static void Write(string dataDirectory, Uri address, bool isSandbox, string? settings) =>
        SecretFile.Write(Path.Combine(dataDirectory, Name), JsonSerializer.Serialize(new Served(address, isSandbox, settings)));

    /// <summary>Deletes the file, because the server stops.</summary>
    public static void Delete(string dataDirectory) => File.Delete(Path.Combine(dataDirectory, Name));

    /// <summary>The server that the file names; a killed one leaves its file. Null without a file.</summary>
    public static LocalServe? Read(string dataDirectory)
    {
        try
        {
            var path = Path.Combine(dataDirectory, Name);
            return File.Exists(path) && JsonSerializer.Deserialize<Served>(File.ReadAllText(path)) is { } served
                ? new LocalServe(served.Address, dataDirectory, served.IsSandbox, served.Settings)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private sealed record Served(Uri Address, bool IsSandbox, string? Settings = null);
}
