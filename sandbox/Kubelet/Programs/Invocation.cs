using System.Text;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>One call of a program.</summary>
/// <param name="Arguments">Without the program's name.</param>
/// <param name="Shell">Variables and the working directory of the calling shell.</param>
internal sealed record Invocation(
    Container Container,
    ShellState Shell,
    string Name,
    IReadOnlyList<string> Arguments,
    Stream Input,
    Stream Output,
    Stream Errors,
    CancellationToken Cancelled
)
{
    /// <summary>The options that consist of letters, such as <c>-la</c>.</summary>
    public string Letters => string.Concat(Arguments.Where(IsOption).Select(argument => argument[1..]));

    /// <summary>The arguments that are no options.</summary>
    public IReadOnlyList<string> Operands => [.. Arguments.Where(argument => !IsOption(argument))];

    public string Path(string path) => FileTree.Absolute(Shell.Directory, path);

    public async Task<int> SayAsync(string text)
    {
        await Output.WriteAsync(Encoding.UTF8.GetBytes(text), Cancelled);
        return 0;
    }

    /// <summary>An error message as busybox writes it.</summary>
    public async Task<int> FailAsync(string text, int code = 1)
    {
        await Errors.WriteAsync(Encoding.UTF8.GetBytes($"{Name}: {text}\n"), Cancelled);
        return code;
    }

    public async Task<byte[]> ReadAllAsync()
    {
        using var all = new MemoryStream();
        await Input.CopyToAsync(all, Cancelled);
        return all.ToArray();
    }

    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-';
}

/// <summary>The state that a shell keeps between commands.</summary>
internal sealed class ShellState(Dictionary<string, string> variables, string directory)
{
    public Dictionary<string, string> Variables { get; } = variables;

    public string Directory { get; set; } = directory;

    /// <summary>The exit code of the last command.</summary>
    public int Last { get; set; }

    /// <summary>Set by <c>exit</c>.</summary>
    public bool HasExited { get; set; }

    public ShellState Copy() => new(new Dictionary<string, string>(Variables, StringComparer.Ordinal), Directory) { Last = Last };
}
