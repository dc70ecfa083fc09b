using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.OpenApi;

/// <summary>Names of definitions: by Go package for built-in kinds, by reversed group for custom resources.</summary>
internal static class DefinitionNames
{
    public const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    public const string ListMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";

    public static string Of(ResourceType type, string version) =>
        type.GroupOf(version) switch
        {
            "apiextensions.k8s.io" => $"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{type.Kind}",
            _ when type.Custom => $"{string.Join('.', type.Group.Split('.').Reverse())}.{version}.{type.Kind}",
            "" => $"io.k8s.api.core.{version}.{type.Kind}",
            var group => $"io.k8s.api.{group.Split('.')[0]}.{ResourceType.NameOf(version)}.{type.Kind}",
        };
}
