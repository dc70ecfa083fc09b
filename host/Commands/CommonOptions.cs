using System.CommandLine;
using System.Globalization;

namespace MeshPort.Host.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>The longest timeout. A timer of .NET takes 49 days at most.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(720);

    public static Option<string?> File() =>
        new Option<string?>("--file", "-f")
        {
            Description = "A YAML or JSON file of environments, a directory of such files, or - for standard input.",
            HelpName = "FILE",
        }.MustBeAPath();

    public static Option<string> RequiredFile() =>
        new Option<string>("--file", "-f")
        {
            Description = "A YAML or JSON file of environments, a directory of such files, or - for standard input.",
            HelpName = "FILE",
            Required = true,
        }.MustBeAPath();

    public static Option<string?> Cluster() =>
        new("--cluster", "-c")
        {
            Description = "The cluster: [SUBSCRIPTION/][GROUP/]NAME. Needed only if there are several.",
            HelpName = "CLUSTER",
        };

    public static Argument<string?> ClusterArgument() =>
        new("CLUSTER")
        {
            Description = "The cluster: [SUBSCRIPTION/][GROUP/]NAME. Needed only if there are several.",
            Arity = ArgumentArity.ZeroOrOne,
        };

    public static Argument<string> Exposure() => new("EXPOSURE") { Description = "The name of the exposure." };

    public static Option<bool> All() =>
        new("--all", "-A") { Description = "All subscriptions and resource groups, not only those of the context." };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask." };

    public static Option<bool> NoWait() => new("--no-wait") { Description = "Return when the server has accepted the request." };

    public static Option<TimeSpan?> Timeout() =>
        new Option<TimeSpan?>("--timeout")
        {
            Description = "Stop waiting after this time, such as 90s, 30m or 2h; exit code 4 [default: wait forever].",
            HelpName = "TIME",
            CustomParser = result => Parse(result.Tokens is [var token] ? token.Value : ""),
        }.Must(text => Parse(text) is not null, "a time such as 90s, 30m or 2h, up to 720h");

    private static TimeSpan? Parse(string text) =>
        text.Length > 1
        && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && SecondsOf(text[^1]) is { } unit
        && number * unit is > 0
        && number * unit <= LongestTimeout.TotalSeconds
            ? TimeSpan.FromSeconds(number * unit)
            : null;

    private static int? SecondsOf(char unit) =>
        unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => null,
        };
}
