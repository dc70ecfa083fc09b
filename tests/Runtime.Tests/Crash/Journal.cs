namespace MeshPort.Runtime.Tests.Crash;

/// <summary>A file of lines that survives a killed process: the effects of activities, or the completed steps of the driver.</summary>
internal sealed class Journal(string path)
{
    private readonly Lock _lock = new();

    public string[] Lines => File.Exists(path) ? File.ReadAllLines(path) : [];

    public void Add(string line)
    {
        lock (_lock)
        {
            File.AppendAllText(path, $"{line}\n");
        }
    }
}
