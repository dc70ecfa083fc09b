using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>
/// How the program of a container ends. Nothing runs, so the command line decides: <c>sleep 30</c> and <c>exit 1</c> in it have their
/// usual effect. A server without a command of its own never ends.
/// </summary>
/// <param name="Lasts">Null for a program that never ends.</param>
internal readonly partial record struct ContainerProgram(TimeSpan? Lasts, int ExitCode)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly string[] Endless = ["sleep infinity", "tail -f", "while true", "while :", "sleep inf"];

    public static ContainerProgram Of(JsonNode container)
    {
        var image = container.Text("image") ?? "";
        if (Images.IsRegistryCheck(image))
        {
            return new ContainerProgram(Shortest, 1);
        }

        var line = string.Join(' ', container.Items("command").Concat(container.Items("args")).Select(part => part.ToString()));
        var isServer = Images.IsServer(image) && !container.Items("command").Any();
        if (isServer || Endless.Any(words => line.Contains(words, StringComparison.Ordinal)))
        {
            return new ContainerProgram(null, 0);
        }

        var sleeps = Sleep().Matches(line).Sum(match => Seconds(match.Groups["number"].Value, match.Groups["unit"].Value));
        var exit = Exit().Matches(line).LastOrDefault();
        var code =
            exit is not null ? int.Parse(exit.Groups["code"].ValueSpan, CultureInfo.InvariantCulture)
            : line == "false" || line.EndsWith(" false", StringComparison.Ordinal) ? 1
            : 0;
        return new ContainerProgram(Shortest + TimeSpan.FromSeconds(sleeps), code);
    }

    private static double Seconds(string number, string unit) =>
        double.Parse(number, CultureInfo.InvariantCulture)
        * unit switch
        {
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => 1,
        };

    [GeneratedRegex(@"\bsleep (?<number>[0-9]{1,6}(\.[0-9]{1,3})?)(?<unit>[smhd]?)\b")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\bexit (?<code>[0-9]{1,3})\b")]
    private static partial Regex Exit();
}
