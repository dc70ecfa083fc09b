using System.CommandLine;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary>A command with examples in its help.</summary>
internal sealed class ClientCommand(string name, string description, params string[] examples) : Command(name, description)
{
    private static readonly Option<string?> Context = CreateContext();
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Print only results and errors." };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Print each request on standard error." };

    public IReadOnlyList<string> Examples => examples;

    /// <summary>Adds the common options and the action.</summary>
    public ClientCommand Runs(Func<Session, ParseResult, CancellationToken, Task<int>> run)
    {
        Options.Add(Context);
        Options.Add(Quiet);
        Options.Add(Verbose);
        SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    async token =>
                    {
                        var screen = new Screen(arguments.GetValue(Quiet), arguments.GetValue(Verbose));
                        using var session = new Session(screen, arguments.GetValue(Context));
                        return await run(session, arguments, token);
                    },
                    cancellationToken
                )
        );
        return this;
    }

    private static Option<string?> CreateContext()
    {
        var context = new Option<string?>("--context")
        {
            Description = "The context to use instead of the current one.",
            HelpName = "NAME",
        };
        context.CompletionSources.Add(_ => ContextCommand.Names());
        return context;
    }
}
