namespace MeshPort.TestKit;

/// <summary>An empty directory for one test, deleted at the end with everything in it.</summary>
public sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("meshport-test-").FullName;

    /// <returns>The path of a file or directory in it, which need not exist.</returns>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <returns>The path of the file.</returns>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
