using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MeshPort.Host.Commands;

/// <summary>The usual help, followed by the examples of the command.</summary>
internal sealed class Help(HelpAction usual) : SynchronousCommandLineAction
{
    private const int Width = 118; // fits docs/cli.md, whatever the terminal is

    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction usual)
            {
                usual.MaxWidth = Width;
                option.Action = new Help(usual);
            }
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is ClientCommand { Examples: { Count: > 0 } examples })
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        if (parseResult.CommandResult.Command is RootCommand)
        {
            output.WriteLine(
                "Exit codes: 0 fine, 1 failed, 2 bad input or (plan) changes, 3 server not reachable, 4 timed out, 130 Ctrl+C."
            );
        }

        return ExitCodes.Success;
    }
}
