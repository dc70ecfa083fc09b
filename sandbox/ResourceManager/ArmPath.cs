namespace MeshPort.Sandbox.ResourceManager;

/// <summary>A parsed request path: its scope, and the provider, type and names.</summary>
internal sealed class ArmPath
{
    private readonly string[] _segments;
    private readonly string[] _types;

    public ArmPath(string path)
    {
        _segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        Subscription = After("subscriptions", 0);
        Group = After("resourceGroups", 2);
        var providers = ProvidersAt(_segments);
        var below = providers >= 0 && providers + 1 < _segments.Length ? _segments[(providers + 2)..] : [];
        Provider =
            providers >= 0 && providers + 1 < _segments.Length
                ? ResourceTypes.Namespace(_segments[providers + 1]) ?? _segments[providers + 1]
                : null;
        _types = [.. below.Where((_, index) => index % 2 == 0)];
        Names = [.. below.Where((_, index) => index % 2 == 1)];
        if (Provider is null && Subscription is not null)
        {
            Provider = ResourceTypes.Resources;
            _types =
                Group is not null || _segments.Length > 2 && Is(_segments[2], "resourceGroups")
                    ? ["resourceGroups", .. _segments.Skip(4)]
                    : ["subscriptions", .. _segments.Skip(2)];
            Names = Group is null ? [] : [Group];
        }
    }

    public string? Subscription { get; }

    public string? Group { get; }

    /// <summary>The provider's namespace in Azure's spelling. For subscriptions and resource groups, Resource Manager's own.</summary>
    public string? Provider { get; }

    /// <summary>For example <c>managedClusters/agentPools</c>. Includes an action at the end of the path.</summary>
    public string Type => string.Join('/', _types);

    public IReadOnlyList<string> Names { get; }

    /// <summary>The path ends in a type, not a name: a list or a POST action.</summary>
    public bool EndsInType => _types.Length > Names.Count;

    /// <summary>The scope of the access check: the resource, or the owner of a list or an action.</summary>
    public string Scope =>
        "/"
        + string.Join(
            '/',
            (EndsInType, Provider) switch
            {
                (false, _) or (_, ResourceTypes.Resources) => _segments,
                _ when Names.Count == 0 => _segments[..^3],
                _ => _segments[..^1],
            }
        );

    /// <summary>The permission that a request needs, for example <c>Microsoft.ContainerService/managedClusters/write</c>.</summary>
    public string Action(string method) =>
        $"{Provider ?? ResourceTypes.Resources}/{(Provider == ResourceTypes.Resources && Group is not null ? "subscriptions/" : "")}{Type}/"
        + method switch
        {
            "GET" or "HEAD" => "read",
            "DELETE" => "delete",
            "POST" => "action",
            _ => "write",
        };

    /// <summary>
    /// The index of the last "providers" segment, which belongs to an extension resource if there is one. The type of features contains
    /// "providers" itself. Negative when no provider is named.
    /// </summary>
    public static int ProvidersAt(string[] segments)
    {
        var last = Array.FindLastIndex(segments, segment => Is(segment, "providers"));
        return last > 1 && Is(segments[last - 1], ResourceTypes.Features) ? last - 2 : last;
    }

    private string? After(string name, int index) =>
        _segments.Length > index + 1 && Is(_segments[index], name) ? _segments[index + 1] : null;

    private static bool Is(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
