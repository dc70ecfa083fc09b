using System.Text;

namespace MeshPort.Sandbox.Kubelet.Programs;

/// <summary>
/// <c>sh</c>: the language of <see cref="ShellSyntax"/>, with variables and command substitution. The commands of a pipeline run one after
/// the other. Patterns of file names, loops and conditions are not simulated.
/// </summary>
internal static class Shell
{
    private const int NotFound = 127;
    private const int BadSyntax = 2;

    public static async Task<int> RunAsync(Invocation call)
    {
        var state = call.Shell.Copy();
        if (call.Arguments is ["-c", var script, ..])
        {
            return await RunScriptAsync(call, state, script);
        }

        if (call.Operands is [var file, ..])
        {
            return call.Container.Files.Find(call.Path(file))?.Content is { } content
                ? await RunScriptAsync(call, state, Encoding.UTF8.GetString(content))
                : await call.FailAsync($"can't open '{file}': No such file or directory", BadSyntax);
        }

        return await RunLinesAsync(call, state);
    }

    /// <summary>The commands on standard input, one a line.</summary>
    private static async Task<int> RunLinesAsync(Invocation call, ShellState state)
    {
        var isTerminal = call.Input is Terminal;
        while (!state.HasExited)
        {
            if (isTerminal)
            {
                await call.SayAsync($"{state.Directory} # ");
            }

            if (await ReadLineAsync(call) is not { } line)
            {
                break;
            }

            state.Last = await RunScriptAsync(call, state, line);
        }

        return state.Last;
    }

    /// <summary>Byte by byte, because the rest of the input belongs to the commands.</summary>
    private static async Task<string?> ReadLineAsync(Invocation call)
    {
        var line = new List<byte>();
        var letter = new byte[1];
        while (await call.Input.ReadAsync(letter, call.Cancelled) > 0)
        {
            if (letter[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(letter[0]);
        }

        return line.Count > 0 ? Encoding.UTF8.GetString([.. line]) : null;
    }

    private static async Task<int> RunScriptAsync(Invocation call, ShellState state, string script)
    {
        try
        {
            foreach (var pipeline in ShellSyntax.Parse(script))
            {
                if (pipeline.Before == ";" || (pipeline.Before == "&&") == (state.Last == 0))
                {
                    state.Last = await RunPipelineAsync(call, state, pipeline.Commands);
                    if (state.HasExited)
                    {
                        break;
                    }
                }
            }

            return state.Last;
        }
        catch (ShellSyntaxException problem)
        {
            return await call.FailAsync(problem.Message, BadSyntax);
        }
    }

    private static async Task<int> RunPipelineAsync(Invocation call, ShellState state, IReadOnlyList<ShellCommand> commands)
    {
        var input = call.Input;
        var code = 0;
        foreach (var (index, command) in commands.Index())
        {
            var isLast = index == commands.Count - 1;
            var output = isLast ? call.Output : new MemoryStream();
            // Only a command that is alone changes the shell itself.
            code = await RunCommandAsync(
                call with
                {
                    Input = input,
                    Output = output,
                    Shell = commands.Count == 1 ? state : state.Copy(),
                },
                command
            );
            if (output is MemoryStream piped && !isLast)
            {
                piped.Position = 0;
                input = piped;
            }
        }

        return code;
    }

    private static async Task<int> RunCommandAsync(Invocation call, ShellCommand command)
    {
        var words = new List<string>();
        foreach (var word in command.Words)
        {
            words.AddRange(await ShellWords.ExpandAsync(word, call, text => SubstituteAsync(call, text)));
        }

        var assigned = words.TakeWhile(word => ShellWords.IsAssignment(word)).ToArray();
        var (state, arguments) = (call.Shell, words[assigned.Length..]);
        if (arguments.Count > 0 && assigned.Length > 0)
        {
            state = state.Copy(); // the variables are for this command only
        }

        foreach (var assignment in assigned)
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            state.Variables[assignment[..equals]] = assignment[(equals + 1)..];
        }

        return await RedirectedAsync(
            call with
            {
                Shell = state,
            },
            command.Redirections,
            redirected => arguments.Count == 0 ? Task.FromResult(0) : RunProgramAsync(redirected, arguments)
        );
    }

    private static Task<int> RunProgramAsync(Invocation call, List<string> words)
    {
        var named = call with { Name = words[0], Arguments = words[1..] };
        if (words[0] is "exit")
        {
            call.Shell.HasExited = true;
            return Task.FromResult(words.Count > 1 && int.TryParse(words[1], out var code) ? code & 0xFF : call.Shell.Last);
        }

        return ContainerPrograms.Find(words[0]) is { } program
            ? program(named)
            : (call with { Name = "sh" }).FailAsync($"{words[0]}: not found", NotFound);
    }

    private static async Task<byte[]> SubstituteAsync(Invocation call, string script)
    {
        using var output = new MemoryStream();
        await RunScriptAsync(call with { Output = output }, call.Shell.Copy(), script);
        return output.ToArray();
    }

    private static async Task<int> RedirectedAsync(
        Invocation call,
        IReadOnlyList<Redirection> redirections,
        Func<Invocation, Task<int>> run
    )
    {
        var files = new List<(string Path, MemoryStream Content)>();
        foreach (var (stream, appends, target) in redirections)
        {
            if (target is null)
            {
                call = call with { Errors = call.Output };
                continue;
            }

            var name = string.Concat(await ShellWords.ExpandAsync(target, call, text => SubstituteAsync(call, text)));
            var path = call.Path(name);
            var present = path == "/dev/null" ? [] : call.Container.Files.Find(path)?.Content;
            if (stream == 0)
            {
                if (present is null)
                {
                    return await (call with { Name = "sh" }).FailAsync($"can't open {name}: no such file");
                }

                call = call with { Input = new MemoryStream(present) };
                continue;
            }

            if (path != "/dev/null" && call.Container.Files.Write(path, appends ? present ?? [] : []) is { } problem)
            {
                return await (call with { Name = "sh" }).FailAsync($"can't create {name}: {problem}");
            }

            var content = new MemoryStream();
            files.Add((path, content));
            call = stream == 1 ? call with { Output = content } : call with { Errors = content };
        }

        var code = await run(call);
        foreach (var (path, content) in files.Where(file => file.Path != "/dev/null"))
        {
            byte[] whole = [.. call.Container.Files.Find(path)?.Content ?? [], .. content.ToArray()];
            code = call.Container.Files.Write(path, whole) is { } problem ? await call.FailAsync($"write error: {problem}") : code;
        }

        return code;
    }
}
