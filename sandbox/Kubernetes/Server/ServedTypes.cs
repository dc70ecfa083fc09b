using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The kinds that a cluster serves now: the built-in ones, and custom resources while their definitions exist.</summary>
internal static class ServedTypes
{
    /// <summary>Custom resources with their served versions.</summary>
    public static IReadOnlyList<ResourceType> Of(ObjectStore store) =>
        [
            .. ResourceCatalog
                .All.Select(type => type.Custom ? type with { Versions = Versions(store, type) } : type)
                .Where(type => type.Versions.Count > 0),
        ];

    public static bool Has(ObjectStore store, ResourceType type, string version) => !type.Custom || Versions(store, type).Contains(version);

    private static IReadOnlyList<string> Versions(ObjectStore store, ResourceType type) =>
        [
            .. store
                .Get(ResourceCatalog.CustomResourceDefinition, "", type.QualifiedPlural)
                .Items("spec", "versions")
                .Where(version => version.Flag("served") == true)
                .Select(version => version.Text("name"))
                .OfType<string>(),
        ];
}
