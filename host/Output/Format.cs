using System.CommandLine;

namespace MeshPort.Host.Output;

/// <summary>The formats of results.</summary>
internal enum Format
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
}

/// <summary>The option <c>-o</c>.</summary>
internal static class FormatOption
{
    /// <param name="formats">The formats of the command, the default first.</param>
    public static Option<string> Create(params string[] formats)
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = $"The format: {string.Join(", ", formats)}.",
            DefaultValueFactory = _ => formats[0],
            HelpName = "FORMAT",
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }

    public static Format Of(string? text) => Enum.TryParse<Format>(text, ignoreCase: true, out var format) ? format : Format.Table;
}
