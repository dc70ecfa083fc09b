using MeshPort.Model;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Access;

/// <summary>What a role may touch: settings below <c>MeshPort:Access:Reader</c> and <c>MeshPort:Access:Operator</c>, lists with commas. One that is not set allows everything.</summary>
internal sealed record AllowList
{
    public const string NotAllowed = nameof(NotAllowed);

    public static readonly AllowList Everything = new();

    public IReadOnlySet<string>? Subscriptions { get; init; }

    public IReadOnlySet<string>? ResourceGroups { get; init; }

    /// <summary>Of the backends, and so of what MeshPort makes beside them.</summary>
    public IReadOnlySet<string>? Namespaces { get; init; }

    /// <summary>That clients dial.</summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    /// <summary>Whether some clusters are out of bounds.</summary>
    public bool IsAboutClusters => Subscriptions is not null || ResourceGroups is not null;

    /// <summary>Whether it depends on the exposure, not on its cluster alone.</summary>
    public bool IsAboutExposures => Namespaces is not null || Ports is not null;

    /// <exception cref="InvalidOperationException">A port is none; the message names the setting.</exception>
    public static AllowList From(IConfigurationSection section) =>
        new()
        {
            Subscriptions = Names(section, nameof(Subscriptions)),
            ResourceGroups = Names(section, nameof(ResourceGroups)),
            Namespaces = Names(section, nameof(Namespaces)),
            Ports = Texts(section, nameof(Ports))
                ?.Select(text =>
                    PortRange.Parse(text)
                    ?? throw new InvalidOperationException(
                        $"The setting {section.Path}:{nameof(Ports)} has '{text}'; write ports and ranges such as 25,9000-9999."
                    )
                )
                .ToList(),
        };

    /// <summary>Azure compares names without regard to case.</summary>
    public bool Allows(ClusterId cluster) =>
        Subscriptions?.Contains(cluster.SubscriptionId) != false && ResourceGroups?.Contains(cluster.ResourceGroup) != false;

    /// <returns>What of an exposure is out of bounds.</returns>
    public IEnumerable<FieldError> Refusals(ExposureSpec exposure)
    {
        if (Ports?.Any(range => range.Holds(exposure.Port)) == false)
        {
            yield return new FieldError(
                "/spec/port",
                NotAllowed,
                $"Port {exposure.Port} is not among those that your role may use: {string.Join(", ", Ports.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"))}."
            );
        }

        foreach (var (index, backend) in exposure.Backends.Index().Where(backend => Namespaces?.Contains(backend.Item.Namespace) == false))
        {
            yield return new FieldError(
                $"/spec/backends/{index}/namespace",
                NotAllowed,
                $"Namespace '{backend.Namespace}' is not among those that your role may use: {string.Join(", ", (Namespaces ?? new HashSet<string>()).Order())}."
            );
        }
    }

    private static HashSet<string>? Names(IConfigurationSection section, string name) =>
        Texts(section, name)?.ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static string[]? Texts(IConfigurationSection section, string name) =>
        section[name] is { Length: > 0 } text
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : null;
}
