using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport open</c>: the web console in the browser.</summary>
internal static class OpenCommand
{
    private const string Api = "api/";

    public static Command Create()
    {
        var exposure = new Argument<string?>("EXPOSURE")
        {
            Description = "The exposure to show, by name or port [default: all clusters].",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var cluster = CommonOptions.Cluster();
        var print = new Option<bool>("--print") { Description = "Print the address only." };
        return new ClientCommand(
            "open",
            "Opens the web console in the browser, and prints its address. The console asks for the key itself.",
            "meshport open",
            "meshport open tcpecho",
            "meshport open --print"
        )
        {
            exposure,
            cluster,
            print,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var server = await session.ServerAsync(cancellationToken);
                var url = Address(
                    server.Connection.Address,
                    arguments.GetValue(exposure) is { } name
                            ? (await session.FindByPortAsync(name, arguments.GetValue(cluster), cancellationToken)).Metadata.Id
                        : arguments.GetValue(cluster) is { } of ? (await session.FindClusterAsync(of, cancellationToken)).Path
                        : null
                );
                session.Screen.Out.WriteLine(url);
                if (!arguments.GetValue(print) && !TryOpen(url))
                {
                    session.Screen.Note("No browser was found. Open the address yourself.");
                }

                return ExitCodes.Success;
            }
        );
    }

    /// <summary>The console of a server.</summary>
    /// <param name="path">The path of a resource in the API; null for all clusters.</param>
    public static Uri Address(Uri server, string? path = null)
    {
        var root = server.AbsoluteUri.EndsWith('/') ? server : new Uri($"{server.AbsoluteUri}/");
        return new Uri(root, $"console/{(path is null ? "clusters" : path.TrimStart('/')[Api.Length..])}");
    }

    /// <summary>Lets the desktop choose the browser: xdg-open, open or the shell of Windows.</summary>
    private static bool TryOpen(Uri url)
    {
        try
        {
            using var browser = Process.Start(new ProcessStartInfo(url.AbsoluteUri) { UseShellExecute = true });
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
