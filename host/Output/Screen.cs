using MeshPort.Host.Progress;
using Spectre.Console;

namespace MeshPort.Host.Output;

/// <summary>Results go to standard output, everything else to standard error.</summary>
/// <param name="quiet">Leaves out notes and progress.</param>
/// <param name="verbose">Adds the requests.</param>
/// <param name="output">Null means standard output, which may be a terminal.</param>
/// <param name="errors">Null means standard error.</param>
internal sealed class Screen(bool quiet, bool verbose, TextWriter? output = null, TextWriter? errors = null)
{
    private static readonly bool IsDumb = Environment.GetEnvironmentVariable("TERM") == "dumb";
    private static readonly bool IsColourful =
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !IsDumb && AnsiConsole.Profile.Capabilities.Ansi;

    private readonly bool _isTerminal = output is null && !Console.IsOutputRedirected;

    public TextWriter Out { get; } = output ?? Console.Out;

    public TextWriter Errors { get; } = errors ?? Console.Error;

    public Paint Paint => new(IsColourful && _isTerminal);

    /// <summary>The receiver of requests with --verbose; otherwise null.</summary>
    public Action<string>? Trace => verbose ? Error : null;

    /// <summary>Prints a line on standard error, after the name of the program.</summary>
    public void Error(string message) => Errors.WriteLine($"meshport: {message}");

    /// <summary>Prints something that only a person needs.</summary>
    public void Note(string text)
    {
        if (!quiet)
        {
            Errors.WriteLine(text);
        }
    }

    /// <summary>The patience of a command that runs until Ctrl+C.</summary>
    public Patience EndlessPatience() => new(System.Threading.Timeout.InfiniteTimeSpan, lost => Note(lost ?? Patience.Back));

    /// <summary>Prints text for a person on standard output, unless that is for JSON or the person wants none.</summary>
    public TextWriter Report(Format format) =>
        quiet ? TextWriter.Null
        : format == Format.Json ? Errors
        : Out;

    /// <summary>Prints a plan. With --quiet it is shown all the same where the command then asks for consent.</summary>
    public TextWriter Plan(Format format, bool asks) => quiet && asks ? Errors : Report(format);

    /// <summary>A live table on a terminal, lines elsewhere.</summary>
    public IProgressView Progress(Format format, TimeProvider clock) =>
        quiet ? new NoProgress()
        : format == Format.Json || !_isTerminal || IsDumb ? new PlainProgress(Report(format), Errors, clock)
        : new LiveProgress(LiveConsole(), clock);

    /// <summary>Asks a question on the terminal.</summary>
    /// <exception cref="UsageException">There is no terminal.</exception>
    public static async Task<bool> ConfirmAsync(string question, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            throw new UsageException("This command asks before it changes anything, and there is no terminal. Add --yes.");
        }

        await Console.Error.WriteAsync($"{question} [y/N] ");
        // A read of the terminal cannot be canceled; on Ctrl+C it is abandoned.
        var answer = await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        return answer?.Trim() is "y" or "Y" or "yes" or "Yes";
    }

    private static IAnsiConsole LiveConsole() =>
        IsColourful ? AnsiConsole.Console : AnsiConsole.Create(new AnsiConsoleSettings { ColorSystem = ColorSystemSupport.NoColors });
}
