namespace MeshPort.Sandbox.ResourceManager;

/// <summary>What a request's path speaks of: its scope, and the provider, type and names below it.</summary>
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

    /// <summary>The provider's namespace as Azure spells it; that of Resource Manager itself for subscriptions and resource groups.</summary>
    public string? Provider { get; }

    /// <summary>For example <c>managedClusters/agentPools</c>; ends in the action when the path names one.</summary>
    public string Type => string.Join('/', _types);

    public IReadOnlyList<string> Names { get; }

    /// <summary>The path ends in a type, not in a name: a list, or a POSTed action.</summary>
    public bool EndsInType => _types.Length > Names.Count;

    /// <summary>What rights are asked over: the resource, or what a list or an action belongs to.</summary>
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

    /// <summary>Where the provider is named: the last one, which is that of an extension resource if there is one; features alone have "providers" inside their own type. Less than 0 when none is.</summary>
    public static int ProvidersAt(string[] segments)
    {
        var last = Array.FindLastIndex(segments, segment => Is(segment, "providers"));
        return last > 1 && Is(segments[last - 1], ResourceTypes.Features) ? last - 2 : last;
    }

    private string? After(string name, int index) =>
        _segments.Length > index + 1 && Is(_segments[index], name) ? _segments[index + 1] : null;

    private static bool Is(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
