using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Definitions;

/// <summary>
/// The managed Gateway API of AKS: definitions of the Standard channel in the version for the cluster's minor version
/// (https://learn.microsoft.com/azure/aks/managed-gateway-api). TLSRoute and ReferenceGrant v1 joined the Standard channel in 1.5, TCPRoute
/// in 1.6.
/// </summary>
/// <param name="Version">For example 1.3.0.</param>
internal sealed record GatewayApiBundle(string Version)
{
    public const string VersionAnnotation = "gateway.networking.k8s.io/bundle-version";

    /// <summary>The bundle for Kubernetes 1.37 is an assumption: AKS has not announced it.</summary>
    public static GatewayApiBundle For(string kubernetesVersion) =>
        new(
            int.Parse(kubernetesVersion.Split('.')[1], CultureInfo.InvariantCulture) switch
            {
                <= 33 => "1.2.1",
                34 => "1.3.0",
                35 => "1.4.1",
                36 => "1.5.1",
                _ => "1.6.1",
            }
        );

    /// <summary>The versions of a kind that the bundle serves. Empty when the bundle lacks the kind.</summary>
    public IReadOnlyList<string> Served(ResourceType type)
    {
        var minor = int.Parse(Version.Split('.')[1], CultureInfo.InvariantCulture);
        return type switch
        {
            _ when type == ResourceCatalog.TcpRoute => minor >= 6 ? ["v1"] : [],
            _ when type == ResourceCatalog.TlsRoute => minor >= 5 ? ["v1"] : [],
            _ when type == ResourceCatalog.ReferenceGrant => minor >= 5 ? ["v1", "v1beta1"] : ["v1beta1"],
            _ => type.Versions,
        };
    }

    public JsonObject Definition(ResourceType type) =>
        type.Definition!.Lean(
            Served(type),
            [],
            new JsonObject // a kind of the Gateway API
            {
                [VersionAnnotation] = $"v{Version}",
                ["gateway.networking.k8s.io/channel"] = "standard",
            }
        );
}
