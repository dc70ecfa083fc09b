using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Discovery;

/// <summary>A group and the resources of each version, the preferred version first.</summary>
internal sealed record ApiGroup(string Name, IReadOnlyList<(string Version, IReadOnlyList<ApiResource> Resources)> Versions)
{
    /// <summary>The core group first, then by name.</summary>
    public static IReadOnlyList<ApiGroup> Of(IEnumerable<ResourceType> served) =>
        [
            .. served
                .SelectMany(type =>
                    type.Versions.SelectMany(version =>
                        ApiResource
                            .Of(type)
                            .Select(resource => (Group: type.GroupOf(version), Version: ResourceType.NameOf(version), Resource: resource))
                    )
                )
                .Concat(ApiResource.Reviews.Select(review => (review.Group, Version: "v1", review.Resource)))
                .GroupBy(entry => entry.Group)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new ApiGroup(
                    group.Key,
                    [
                        .. group
                            .GroupBy(entry => entry.Version)
                            .OrderBy(version => version.Key, VersionOrder.PreferredFirst)
                            .Select(version => (version.Key, (IReadOnlyList<ApiResource>)[.. version.Select(entry => entry.Resource)])),
                    ]
                )),
        ];

    public string GroupVersion(string version) => Name.Length == 0 ? version : $"{Name}/{version}";
}
