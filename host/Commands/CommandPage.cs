using System.CommandLine;

namespace MeshPort.Host.Commands;

/// <summary>The help of all commands as the text of docs/cli.md.</summary>
internal static class CommandPage
{
    public static string Write(RootCommand root) =>
        string.Concat(All(root).Select(command => $"\n## {Name(command, root)}\n```\n{Help(root, command)}\n```\n"));

    /// <summary>The commands, each before its subcommands.</summary>
    public static IEnumerable<Command> All(Command command) =>
        command.Subcommands.Where(child => !child.Hidden).SelectMany(All).Prepend(command);

    private static string Help(RootCommand root, Command command)
    {
        using var text = new StringWriter { NewLine = "\n" };
        root.Parse([.. Path(command, root), "--help"]).Invoke(new InvocationConfiguration { Output = text });
        // The help names the process, which is the test runner in a test.
        return string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd()))
            .Replace(RootCommand.ExecutableName + " ", "meshport ", StringComparison.Ordinal)
            .Trim();
    }

    private static string Name(Command command, RootCommand root) => string.Join(' ', Path(command, root).Prepend("meshport"));

    private static IEnumerable<string> Path(Command command, RootCommand root) =>
        command == root ? [] : command.Parents.OfType<Command>().SelectMany(parent => Path(parent, root)).Append(command.Name);
}
