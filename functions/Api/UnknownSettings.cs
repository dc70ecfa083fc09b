using MeshPort.Kubernetes;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Api;

/// <summary>
/// Refuses settings below <c>MeshPort</c> that MeshPort does not know: a misspelled list would otherwise allow everything without a word.
/// <code>
/// MeshPort:Access:Operator:Namespaces    = shop   known
/// MeshPort:Kubeconfigs:lab               = ...    known, with any name
/// MeshPort:Access:Operator:Namespaces:0  = shop   refused: the setting is one text
/// MeshPort:Access:Operator:Namespace     = shop   refused: the message has the names of the section
/// MeshPort:Access:Operator               = shop   refused: a section
/// </code>
/// </summary>
internal static class UnknownSettings
{
    private const string Root = "MeshPort";

    /// <summary>All names, without regard to case.</summary>
    private static readonly HashSet<string> Known = new(
        [.. ShownSettings.Values, .. ShownSettings.Addresses, .. ShownSettings.Hidden],
        StringComparer.OrdinalIgnoreCase
    );

    /// <exception cref="InvalidOperationException">A setting is unknown; the message names it and says how to write it.</exception>
    public static void Refuse(IConfiguration configuration)
    {
        foreach (
            var name in configuration
                .GetSection(Root)
                .AsEnumerable(makePathsRelative: true) // without the section itself
                .Where(setting => setting.Value is not null)
                .Select(setting => $"{Root}:{setting.Key}")
                .Order(StringComparer.OrdinalIgnoreCase)
        )
        {
            if (!IsKnown(name))
            {
                throw new InvalidOperationException($"MeshPort does not know the setting {name}. {Remedy(name)}");
            }
        }
    }

    private static bool IsKnown(string name) => Known.Contains(name) || IsSame(Parent(name), ClusterConnections.Kubeconfigs);

    private static string Remedy(string name)
    {
        for (var above = Parent(name); !IsSame(above, Root); above = Parent(above))
        {
            if (Known.Contains(above) || IsSame(Parent(above), ClusterConnections.Kubeconfigs))
            {
                return $"Write {above} as one text, without names below it. A list has commas in it.";
            }
        }

        return Below(name) is { Count: > 0 } own
            ? $"It is a section. Set {string.Join(", ", own)}."
            : $"Correct its name or remove it. {Section(name)} has {string.Join(", ", Below(Section(name)))}.";
    }

    /// <summary>The nearest section above the setting that exists.</summary>
    private static string Section(string name)
    {
        var above = Parent(name);
        return Below(above).Count > 0 ? above : Section(above);
    }

    /// <summary>The known names in the section, relative to it.</summary>
    private static List<string> Below(string section) =>
        [
            .. Known
                .Append($"{ClusterConnections.Kubeconfigs}:NAME")
                .Where(name => name.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase))
                .Select(name => name[(section.Length + 1)..]),
        ];

    private static string Parent(string name) => name[..name.LastIndexOf(':')];

    private static bool IsSame(string name, string other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);
}
