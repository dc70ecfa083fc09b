using MeshPort.Model;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Access;

/// <summary>
/// The clusters, namespaces and ports that a role may access: comma-separated settings below <c>MeshPort:Access:Reader</c> and
/// <c>MeshPort:Access:Operator</c>. A missing setting allows everything.
/// </summary>
internal sealed record AllowList
{
    public const string NotAllowed = nameof(NotAllowed);

    public static readonly AllowList Everything = new();

    public IReadOnlySet<string>? Subscriptions { get; init; }

    public IReadOnlySet<string>? ResourceGroups { get; init; }

    /// <summary>The namespaces of backends, in which MeshPort also creates workloads and routes.</summary>
    public IReadOnlySet<string>? Namespaces { get; init; }

    /// <summary>The ports of exposures.</summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    /// <summary>Whether the list excludes some clusters.</summary>
    public bool IsAboutClusters => Subscriptions is not null || ResourceGroups is not null;

    /// <summary>Whether the list restricts exposures, not only clusters.</summary>
    public bool IsAboutExposures => Namespaces is not null || Ports is not null;

    /// <exception cref="InvalidOperationException">A port is invalid; the message names the setting.</exception>
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
                        $"The setting {section.Path}:{nameof(Ports)} contains '{text}'. Write ports and ranges, such as 25,9000-9999."
                    )
                )
                .ToList(),
        };

    /// <summary>Azure compares names without regard to case.</summary>
    public bool Allows(ClusterId cluster) =>
        Subscriptions?.Contains(cluster.SubscriptionId) != false && ResourceGroups?.Contains(cluster.ResourceGroup) != false;

    public bool AllowsExposure(ExposureSpec exposure) => !IsAboutExposures || !Refusals(exposure).Any();

    /// <returns>The reason why the role may access no cluster of the subscription; null when it may.</returns>
    public string? Refusal(string subscriptionId) =>
        Subscriptions?.Contains(subscriptionId) != false ? null : $"Your role may not access clusters of subscription {subscriptionId}.";

    /// <returns>The reason why the role may not access the cluster; null when it may.</returns>
    public string? Refusal(ClusterId cluster) =>
        Allows(cluster)
            ? null
            : $"Your role may not access clusters of resource group {cluster.ResourceGroup} in subscription {cluster.SubscriptionId}.";

    /// <returns>The fields of an exposure that the role may not use.</returns>
    public IEnumerable<FieldError> Refusals(ExposureSpec exposure)
    {
        foreach (
            var port in exposure.AllPorts.Where(port => Ports?.Any(range => range.Holds(port)) == false).DistinctBy(exposure.PointerOf)
        )
        {
            yield return new FieldError(
                $"/spec{exposure.PointerOf(port)}",
                NotAllowed,
                $"Your role may not use port {port}. Choose one of {string.Join(", ", Ports ?? [])}."
            );
        }

        if (Namespaces is not { } namespaces)
        {
            yield break;
        }

        var list = string.Join(", ", namespaces.Order());
        foreach (var (index, backend) in exposure.Backends.Index())
        {
            if (backend.IsHost)
            {
                // A name of the public DNS can have the address of a Service.
                yield return new FieldError(
                    $"/spec/backends/{index}/service",
                    NotAllowed,
                    $"Your role may use some namespaces only, and host '{backend.Service}' may lead to any. Choose a Service of {list}."
                );
            }
            else if (!namespaces.Contains(backend.Namespace))
            {
                yield return new FieldError(
                    $"/spec/backends/{index}/namespace",
                    NotAllowed,
                    $"Your role may not use namespace '{backend.Namespace}'. Choose one of {list}."
                );
            }
        }
    }

    /// <returns>The fields by which Services could ask for more than the role may use itself.</returns>
    public IEnumerable<FieldError> Refusals(DiscoverSpec discover)
    {
        foreach (var (index, text) in discover.Ports.Index())
        {
            if (
                Ports is { } ports
                && PortRange.Parse(text) is { } range
                && !ports.Any(allowed => allowed.Holds(range.First) && allowed.Holds(range.Last))
            )
            {
                yield return new FieldError(
                    $"/spec/discover/ports/{index}",
                    NotAllowed,
                    $"Your role may not use all of the ports {range}. Choose some of {string.Join(", ", ports)}."
                );
            }
        }

        if (Namespaces is not { } namespaces)
        {
            yield break;
        }

        var list = string.Join(", ", namespaces.Order());
        if (discover.NamespaceSelector is not null)
        {
            yield return new FieldError(
                "/spec/discover/namespaceSelector",
                NotAllowed,
                $"Your role may use some namespaces only, so it cannot select namespaces by labels. List some of {list}."
            );
        }

        foreach (var name in (discover.Namespaces ?? []).Where(name => !namespaces.Contains(name)))
        {
            yield return new FieldError(
                "/spec/discover/namespaces",
                NotAllowed,
                $"Your role may not use namespace '{name}'. Choose one of {list}."
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
