using MeshPort.Host.Hosting;

namespace MeshPort.Host.Demo;

/// <summary>A directory that only this user can enter (0700). It is deleted at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Create();

    /// <summary>Writes a file that only this user can read (0600), for credentials.</summary>
    public string WriteSecret(string name, string text) => SecretFile.Write(System.IO.Path.Combine(Path, name), text);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"meshport: deleting {Path} failed: {exception.Message}");
        }
    }

    private static string Create()
    {
        try
        {
            return Directory.CreateTempSubdirectory("meshport-").FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"Creating a directory in {System.IO.Path.GetTempPath()} failed ({exception.Message}) "
                    + "Set TMPDIR to a directory that this user can write."
            );
        }
    }
}
