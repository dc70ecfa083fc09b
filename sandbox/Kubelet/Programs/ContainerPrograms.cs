using System.Globalization;
using System.Text;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>
/// The programs of containers. Images with a shell have those of busybox that are listed here. Other images have their server only.
/// </summary>
internal static class ContainerPrograms
{
    private const string EchoServer = "tcp-echo";
    private static readonly string[] Folders = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/"];

    private static readonly IReadOnlyDictionary<string, Func<Invocation, Task<int>>> All = new Dictionary<
        string,
        Func<Invocation, Task<int>>
    >(StringComparer.Ordinal)
    {
        ["["] = FilePrograms.TestAsync,
        [":"] = _ => Task.FromResult(0),
        ["cat"] = TextPrograms.CatAsync,
        ["cd"] = FilePrograms.ChangeDirectoryAsync,
        ["date"] = SystemPrograms.DateAsync,
        ["echo"] = TextPrograms.EchoAsync,
        ["env"] = SystemPrograms.EnvironmentAsync,
        ["export"] = ExportAsync,
        ["false"] = _ => Task.FromResult(1),
        ["grep"] = TextPrograms.GrepAsync,
        ["head"] = TextPrograms.HeadAsync,
        ["hostname"] = SystemPrograms.HostNameAsync,
        ["id"] = SystemPrograms.IdAsync,
        ["ls"] = FilePrograms.ListAsync,
        ["mkdir"] = FilePrograms.MakeDirectoryAsync,
        ["printenv"] = SystemPrograms.PrintEnvironmentAsync,
        ["pwd"] = FilePrograms.DirectoryAsync,
        ["rm"] = FilePrograms.RemoveAsync,
        ["sh"] = Shell.RunAsync,
        ["sleep"] = SystemPrograms.SleepAsync,
        ["tail"] = TextPrograms.TailAsync,
        ["tar"] = TarProgram.RunAsync,
        ["test"] = FilePrograms.TestAsync,
        ["touch"] = FilePrograms.TouchAsync,
        ["true"] = _ => Task.FromResult(0),
        ["uname"] = SystemPrograms.SystemNameAsync,
        ["wc"] = TextPrograms.CountAsync,
        ["whoami"] = SystemPrograms.UserAsync,
    };

    /// <summary>Commands that exist only inside a shell.</summary>
    private static readonly HashSet<string> BuiltIn = [":", "cd", "export"];

    /// <summary>Runs a command with the client's streams.</summary>
    public static async Task<CommandStatus> RunAsync(
        Container container,
        IReadOnlyList<string> command,
        CommandStreams streams,
        CancellationToken cancellationToken
    )
    {
        var name = command[0];
        if (Images.IsEcho(container.Image) && name is EchoServer or $"/bin/{EchoServer}")
        {
            return await EchoServerAsync(command, streams, cancellationToken);
        }

        if (!Images.HasShell(container.Image) || BuiltIn.Contains(name) || Find(name) is not { } program)
        {
            return new CommandStatus(0, NotFound(container, name));
        }

        var terminal = streams is { IsTerminal: true, Output: { } output } ? new Terminal(streams.Input ?? Stream.Null, output) : null;
        var shell = new ShellState(container.Environment(), container.WorkingDirectory);
        container.Files.MakeDirectory(shell.Directory, withParents: true); // the runtime creates it
        var code = await program(
            new Invocation(
                container,
                shell,
                FileTree.NameOf(name),
                [.. command.Skip(1)],
                (streams.Input is null ? null : terminal ?? (Stream)streams.Input) ?? Stream.Null,
                terminal ?? streams.Output ?? Stream.Null,
                terminal ?? streams.Errors ?? Stream.Null,
                cancellationToken
            )
        );
        return new CommandStatus(code);
    }

    /// <param name="name">A name, or a path in one of the usual folders.</param>
    public static Func<Invocation, Task<int>>? Find(string name)
    {
        var folder = Folders.FirstOrDefault(folder => name.StartsWith(folder, StringComparison.Ordinal));
        return All.GetValueOrDefault(folder is null ? name : name[folder.Length..]);
    }

    /// <summary>A second echo server in the pod finds its port taken (istio/istio: samples/tcp-echo/src/main.go).</summary>
    private static async Task<CommandStatus> EchoServerAsync(
        IReadOnlyList<string> command,
        CommandStreams streams,
        CancellationToken cancellationToken
    )
    {
        if (command is [_, var ports, _, ..] && streams.Output is not null)
        {
            var text = $"failed to create listener, err: listen tcp :{ports.Split(',')[0]}: bind: address already in use\n";
            await streams.Output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }

        return new CommandStatus(command.Count > 2 ? 1 : 2); // Go's exit code after a panic
    }

    private static Task<int> ExportAsync(Invocation call)
    {
        foreach (var assignment in call.Operands.Where(ShellWords.IsAssignment))
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            call.Shell.Variables[assignment[..equals]] = assignment[(equals + 1)..];
        }

        return Task.FromResult(0);
    }

    private static string NotFound(Container container, string name)
    {
        var purpose = $"exec/{container.Pod.Uid()}";
        string Id() => container.World.Ids.NewGuid(purpose).ToString("N", CultureInfo.InvariantCulture);
        var why = name.Contains('/', StringComparison.Ordinal)
            ? $"stat {name}: no such file or directory"
            : "executable file not found in $PATH";
        return "error executing command in container: failed to exec in container: "
            + $"failed to start exec \"{Id()}{Id()}\": OCI runtime exec failed: exec failed: "
            + $"unable to start container process: exec: \"{name}\": {why}: unknown";
    }
}
