namespace MeshPort.Runtime.Tests.Crash;

/// <summary>A file of lines that outlives a killed process: what activities did, or which of its steps the driver has done.</summary>
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
