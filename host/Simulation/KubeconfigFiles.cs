using MeshPort.Host.Hosting;
using MeshPort.Sandbox;

namespace MeshPort.Host.Simulation;

/// <summary>
/// The kubeconfigs of a running sandbox's clusters, as SUBSCRIPTION/GROUP/NAME.yaml. Writes and deletes them as clusters come and go, and
/// deletes all at the end, because the sandbox serves them only while it runs.
/// </summary>
internal sealed class KubeconfigFiles : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _directory;
    private readonly AzureSandbox _sandbox;
    private readonly Action<string> _written;

    /// <param name="written">Receives the path of each new file.</param>
    public KubeconfigFiles(string directory, AzureSandbox sandbox, Action<string> written)
    {
        (_directory, _sandbox, _written) = (directory, sandbox, written);
        sandbox.ClustersChanged += Update;
        Update();
    }

    /// <summary>The file of a cluster. Null when the cluster does not exist.</summary>
    public static string? Find(string directory, string subscriptionId, string resourceGroup, string cluster)
    {
        // A client of Azure may have created the cluster with another spelling.
        var wanted = PathOf(directory, subscriptionId, resourceGroup, cluster);
        return Directory.Exists(directory)
            ? Directory
                .EnumerateFiles(directory, "*.yaml", SearchOption.AllDirectories)
                .FirstOrDefault(file => string.Equals(file, wanted, StringComparison.OrdinalIgnoreCase))
            : null;
    }

    public void Dispose()
    {
        _sandbox.ClustersChanged -= Update;
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private void Update()
    {
        try
        {
            foreach (var file in Write())
            {
                _written(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not fatal: the simulated Azure keeps running.
            Console.Error.WriteLine($"meshport: writing a kubeconfig failed: {exception.Message}");
        }
    }

    private string[] Write()
    {
        lock (_lock)
        {
            var ids = _sandbox.ClusterIds;
            foreach (var gone in _known.Except(ids, StringComparer.OrdinalIgnoreCase).ToArray())
            {
                File.Delete(PathOf(gone));
                _known.Remove(gone);
            }

            var fresh = ids.Where(_known.Add).ToArray();
            foreach (var id in fresh)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(PathOf(id)) ?? _directory);
                SecretFile.Write(PathOf(id), _sandbox.AdminKubeconfig(id));
            }

            return [.. fresh.Select(PathOf)];
        }
    }

    private static string PathOf(string directory, string subscriptionId, string resourceGroup, string cluster) =>
        Path.Combine(directory, subscriptionId, resourceGroup, cluster + ".yaml");

    private string PathOf(string clusterId)
    {
        var parts = clusterId.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return PathOf(_directory, parts[1], parts[3], parts[^1]);
    }
}
