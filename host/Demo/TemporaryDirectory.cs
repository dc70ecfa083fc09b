using MeshPort.Host.Hosting;

namespace MeshPort.Host.Demo;

/// <summary>A directory that only this user can enter (0700) and that is deleted at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Make();

    /// <summary>A file that only this user can read (0600), for what carries a credential.</summary>
    public string WriteSecret(string name, string text) => SecretFile.Write(System.IO.Path.Combine(Path, name), text);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException trouble)
        {
            Console.Error.WriteLine($"meshport: {Path} could not be deleted: {trouble.Message}");
        }
    }

    private static string Make()
    {
        try
        {
            return Directory.CreateTempSubdirectory("meshport-").FullName;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"No directory can be made in {System.IO.Path.GetTempPath()} ({trouble.Message}) Set TMPDIR to one that this user may write."
            );
        }
    }
}
