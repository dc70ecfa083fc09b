using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>Gives up the addresses of the spec on the add-on's Services of a cluster that stays, pure.</summary>
internal static class ServiceAddresses
{
    /// <summary>The Services whose annotations MeshPort gives up.</summary>
    public static IReadOnlyList<PortObject> Release(ClusterSpec spec, ClusterObjects objects) =>
        [
            .. Services(spec, objects)
                .Where(found => AddressAnnotations.Applied(found.Service).Count > 0)
                .Select(found => new PortObject(
                    found.Target,
                    ChangeAction.Update,
                    found.Service,
                    AddressAnnotations.Body(found.Target, found.Service.Uid(), null, new Dictionary<string, string>()),
                    AddressAnnotations.Observed(found.Service),
                    [],
                    new Dictionary<string, PortOutcome>()
                )
                {
                    IsForced = false,
                    Manager = AddressAnnotations.Manager,
                    Why = "The Service gets an address of AKS again.",
                }),
        ];

    /// <returns>The message of a Service that still has an address of the spec, which others do not name; null without one.</returns>
    public static string? FindHeld(ClusterSpec spec, ResourceStatus status, ClusterObjects objects) =>
        Services(spec, objects)
            .Where(found =>
                AddressAnnotations.Applied(found.Service).Count > 0
                || (
                    LoadBalancer.Address(found.Service) is { } address
                    && status.Chosen.Any(chosen =>
                        chosen.Gateway == found.Gateway
                        && chosen.PublicIp is not null
                        && chosen.Ip == address
                        && !AddressAnnotations.Name(found.Service.Annotation, chosen)
                    )
                )
            )
            .Select(found => $"{found.Target} still has the address of the spec.")
            .FirstOrDefault();

    private static IEnumerable<(GatewayKind Gateway, ObjectRef Target, JsonObject Service)> Services(
        ClusterSpec spec,
        ClusterObjects objects
    ) =>
        from gateway in Enum.GetValues<GatewayKind>()
        let target = ObjectRef.Of(AddOn.Gateway(spec, gateway))
        where objects.Services.ContainsKey(target)
        select (gateway, target, objects.Services[target]);
}
