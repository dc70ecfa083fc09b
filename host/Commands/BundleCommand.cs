using System.CommandLine;
using System.Globalization;
using MeshPort.Host.Api;
using MeshPort.Host.Bundles;
using MeshPort.Host.Contexts;
using MeshPort.Host.Hosting;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport bundle</c>: what MeshPort knows, as one file without secrets.</summary>
internal static class BundleCommand
{
    public static Command Create()
    {
        var to = new Option<FileInfo?>("--to")
        {
            Description = "The file to write [default: meshport-bundle-TIME.zip].",
            HelpName = "FILE",
        }.MustBeAPath();
        var all = CommonOptions.All();
        var data = new Option<DirectoryInfo?>("--data")
        {
            Description = "The data directory of a server on this machine, for its log [default: that of the server of this machine].",
            HelpName = "DIRECTORY",
        }.MustBeAPath();
        return new ClientCommand(
            "bundle",
            "Writes versions, settings, statuses, histories, operations, rejections and the log to a .zip file, without secrets.",
            "meshport bundle",
            "meshport bundle -A --to bundle.zip"
        )
        {
            to,
            all,
            data,
        }.Runs(
            (session, arguments, cancellationToken) =>
                RunAsync(
                    session,
                    arguments.GetValue(to)?.FullName,
                    arguments.GetValue(all),
                    arguments.GetValue(data)?.FullName,
                    cancellationToken
                )
        );
    }

    private static async Task<int> RunAsync(Session session, string? path, bool all, string? data, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        path ??= $"meshport-bundle-{now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.zip";
        if (File.Exists(path))
        {
            throw new StartupException($"{path} exists. Name another file with --to.");
        }

        var bundle = new SupportBundle(session.Screen);
        var server = await FindServerAsync(session, bundle, cancellationToken);
        bundle.AddClient(server?.Connection);
        if (server is not null)
        {
            await bundle.AddServerAsync(
                await session.ConnectAsync(cancellationToken),
                await session.ScopeAsync(all, cancellationToken),
                cancellationToken
            );
        }

        // Without a selected server, the newest log of this machine. The log of another server would mislead.
        bundle.AddLog(data ?? (server is null ? LogFile.FindNewest() : server.Local?.DataDirectory), server?.Connection.Address);
        await bundle.WriteAsync(path, now, cancellationToken);
        session.Screen.Out.WriteLine(path);
        foreach (var missing in bundle.Missing)
        {
            session.Screen.Note($"Missing: {missing}");
        }

        return bundle.Missing.Count == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    /// <returns>Null when no server is selected and none runs on this machine.</returns>
    /// <exception cref="StartupException">The context or the URL is wrong, or several servers run on this machine.</exception>
    private static async Task<Server?> FindServerAsync(Session session, SupportBundle bundle, CancellationToken cancellationToken)
    {
        try
        {
            return await session.ServerAsync(cancellationToken);
        }
        catch (UnreachableException unreachable)
        {
            bundle.Lacks("everything of the server", unreachable.Message);
            return null;
        }
    }
}
