using System.Text.Json;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Contexts;

/// <summary>A <c>serve</c> that runs on this machine.</summary>
/// <param name="DataDirectory">Null when it was found by its port.</param>
/// <param name="IsSandbox">Whether it has the simulated Azure.</param>
/// <param name="Settings">The path of its settings file. Null without one.</param>
internal sealed record LocalServe(Uri Address, string? DataDirectory, bool IsSandbox, string? Settings = null)
{
    /// <summary>A port without a server refuses at once, so only a server on a busy machine takes long.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Finds running servers by their default data directories, where each writes its address, whatever its port. Without
    /// one, the default port is tried.
    /// </summary>
    public static async Task<IReadOnlyList<LocalServe>> FindAsync(CancellationToken cancellationToken)
    {
        var found = new List<LocalServe>();
        foreach (var sandbox in (bool[])[true, false])
        {
            var directory = Hosting.DataDirectory.Default(sandbox);
            if (ServeFile.Read(directory) is { } serve && await serve.IsOfDirectoryAsync(directory, cancellationToken))
            {
                found.Add(serve);
            }
        }

        var usual = new LocalServe(new Uri($"http://127.0.0.1:{ServeCommand.DefaultPort}/"), null, false);
        return found.Count == 0 && await usual.IsLiveAsync(cancellationToken) ? [usual] : found;
    }

    /// <summary>The server of a data directory.</summary>
    /// <exception cref="StartupException">None runs there.</exception>
    public static async Task<LocalServe> OfAsync(string dataDirectory, CancellationToken cancellationToken) =>
        ServeFile.Read(dataDirectory) is { } serve && await serve.IsOfDirectoryAsync(dataDirectory, cancellationToken)
            ? serve
            : throw new StartupException(
                $"No server runs in {dataDirectory}. Start one with 'meshport serve --sandbox --data {dataDirectory}'."
            );

    /// <summary>Whether the server at an address runs in a data directory.</summary>
    public static bool IsIn(string dataDirectory, Uri? address) =>
        address is not null
        && ServeFile.Read(dataDirectory) is { Address: var own }
        && own.Port == address.Port
        && (own.Host == address.Host || (own.IsLoopback && address.IsLoopback))
        && Hosting.DataDirectory.IsHeld(dataDirectory); // a killed server leaves its address, at which another server may run now

    /// <summary>
    /// Whether the server of a data directory answers. A killed one leaves its address, at which another server may run now; but it holds
    /// no lock of the directory.
    /// </summary>
    private async Task<bool> IsOfDirectoryAsync(string directory, CancellationToken cancellationToken) =>
        await IsLiveAsync(cancellationToken) && Hosting.DataDirectory.IsHeld(directory);

    /// <summary>Whether MeshPort answers. Another program on the port does not count.</summary>
    private async Task<bool> IsLiveAsync(CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Within };
        using var client = new HttpClient(handler) { Timeout = Within };
        try
        {
            using var answer = JsonDocument.Parse(await client.GetStringAsync(new Uri(Address, "health/live"), cancellationToken));
            return answer.RootElement.TryGetProperty("status", out var status) && status.ValueEquals("live");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or InvalidOperationException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
