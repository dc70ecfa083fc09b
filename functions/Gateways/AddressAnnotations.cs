using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// The annotations by which a Service gets an address of the spec (cloud-provider-azure, loadbalancer.md). The mesh add-on leaves them on
/// its own Services (AKS documentation, "Deploy ingress gateways for the Istio add-on"; domain facts, section 1.7). There, MeshPort
/// applies them as a field manager of their own, so that they do not depend on ports.
/// </summary>
internal static class AddressAnnotations
{
    public const string Manager = "meshport-addresses";

    /// <summary>Why an object changes whose address changes, for people.</summary>
    public const string Move = "It moves to another address. Its ports are closed until the load balancer has changed.";

    public const string PublicIp = "service.beta.kubernetes.io/azure-pip-name";
    public const string PublicIpv6 = "service.beta.kubernetes.io/azure-pip-name-ipv6";
    public const string ResourceGroup = "service.beta.kubernetes.io/azure-load-balancer-resource-group";
    public const string Ipv4 = "service.beta.kubernetes.io/azure-load-balancer-ipv4";
    public const string Subnet = "service.beta.kubernetes.io/azure-load-balancer-internal-subnet";

    public static readonly IReadOnlyList<string> All = [PublicIp, PublicIpv6, ResourceGroup, Ipv4, Subnet];

    /// <summary>The mark in the cluster's status while MeshPort has applied annotations to the add-on's Service of a gateway.</summary>
    public static string Mark(GatewayKind gateway) => $"address|{gateway}";

    /// <param name="chosen">Null when AKS chooses the address.</param>
    public static IReadOnlyDictionary<string, string> Of(ChosenAddress? chosen)
    {
        var isPublic = chosen?.Gateway == GatewayKind.External;
        return new[]
        {
            (Name: PublicIp, Value: chosen?.PublicIp),
            (Name: PublicIpv6, Value: chosen?.PublicIpv6),
            (Name: ResourceGroup, Value: chosen?.ResourceGroup),
            (Name: Ipv4, Value: isPublic ? null : chosen?.Ip),
            (Name: Subnet, Value: chosen?.Subnet),
        }
            .Where(annotation => annotation.Value is not null)
            .ToDictionary(annotation => annotation.Name, annotation => annotation.Value ?? "", StringComparer.Ordinal);
    }

    /// <summary>Those of a Service, as it is.</summary>
    public static JsonObject Observed(JsonObject service) => Part(service.Annotations());

    /// <summary>Those of a Service, or those that a Gateway of the Gateway API has for its Service.</summary>
    public static JsonObject OfSpec(JsonObject found) =>
        Part(found["kind"]?.ToString() == "Gateway" ? found["spec"]?["infrastructure"]?["annotations"] as JsonObject : found.Annotations());

    /// <summary>Whether annotations name an address of the spec.</summary>
    /// <param name="find">The value of an annotation; null without it.</param>
    public static bool Name(Func<string, string?> find, ChosenAddress chosen) =>
        (chosen.PublicIp is { } name && find(PublicIp) == name) || (chosen.Ip is { } ip && find(Ipv4) == ip);

    private static JsonObject Part(JsonObject? annotations) =>
        new(
            All.Where(name => annotations?.ContainsKey(name) == true)
                .Select(name => KeyValuePair.Create(name, annotations?[name]?.DeepClone()))
        );

    /// <summary>Those that MeshPort has applied to a Service of others.</summary>
    public static IReadOnlyList<string> Applied(JsonObject service) =>
        [
            .. service
                .ManagedFields()
                .Where(entry => entry["manager"]?.ToString() == Manager && entry["operation"]?.ToString() == "Apply")
                .SelectMany(entry => entry["fieldsV1"]?["f:metadata"]?["f:annotations"] as JsonObject ?? [])
                .Where(field => field.Key.StartsWith("f:", StringComparison.Ordinal))
                .Select(field => field.Key[2..]),
        ];

    /// <summary>The server-side apply for a Service of others; without annotations, it gives up those that MeshPort has applied.</summary>
    /// <param name="version">For a forced apply: the version that was read, so that the API server refuses it for another one.</param>
    public static JsonObject Body(ObjectRef target, string? uid, string? version, IReadOnlyDictionary<string, string> annotations)
    {
        var metadata = new JsonObject
        {
            ["name"] = target.Name,
            ["namespace"] = target.Namespace,
            ["uid"] = uid, // an apply is an upsert
            ["annotations"] = DesiredObjects.Labels(annotations),
        };
        if (version is not null)
        {
            metadata["resourceVersion"] = version;
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = metadata,
        };
    }
}
