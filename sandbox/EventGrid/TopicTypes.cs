namespace MeshPort.Sandbox.EventGrid;

/// <summary>A kind of event source.</summary>
internal sealed record TopicType(string Name, string Provider, string DisplayName, string RegionType, IReadOnlyList<string> EventTypes);

/// <summary>The event sources that this Azure has.</summary>
internal static class TopicTypes
{
    private static readonly IReadOnlyList<string> ResourceEvents =
    [
        .. from verb in new[] { "Write", "Delete", "Action" }
        from outcome in new[] { "Success", "Failure", "Cancel" }
        select $"Microsoft.Resources.Resource{verb}{outcome}",
    ];

    public static readonly IReadOnlyList<TopicType> All =
    [
        new("Microsoft.Resources.Subscriptions", "Microsoft.Resources", "Azure Subscriptions", "GlobalResource", ResourceEvents),
        new("Microsoft.Resources.ResourceGroups", "Microsoft.Resources", "Resource Groups", "GlobalResource", ResourceEvents),
        new(
            "Microsoft.ContainerService.ManagedClusters",
            "Microsoft.ContainerService",
            "Azure Kubernetes Service (AKS)",
            "RegionalResource",
            ContainerServiceEvent.Types
        ),
    ];

    public static TopicType? Find(string name) =>
        All.FirstOrDefault(type => string.Equals(type.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The kind of source behind an ARM id. Null when its kind raises no events.</summary>
    public static TopicType? Of(string source) =>
        source.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            [_, _] => All[0],
            [_, _, _, _] => All[1],
            [_, _, _, _, _, var provider, var type, _] => Find($"{provider}.{type}"),
            _ => null,
        };
}
