using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// Which companion Service each group of exposures has, pure. A new one is named after its group. Where a group as a whole gets other sources, its Service goes along, with its address, and
/// an annotation says whose it is now: ports and ranges change in one write, so nobody is let in who was not and is not allowed, and the port is not away while Azure makes an address.
/// </summary>
internal static class CompanionAssignments
{
    /// <summary>The name of the group that the Service holds, where it is not the Service's own.</summary>
    public const string GroupAnnotation = "meshport.io/group";

    /// <param name="services">All companion Services that there are.</param>
    /// <param name="groups">With the ports that they want.</param>
    /// <param name="home">The namespace of a gateway's Services.</param>
    public static IReadOnlyDictionary<PortGroup, ObjectRef> Of(
        IReadOnlyDictionary<ObjectRef, JsonObject> services,
        IReadOnlyDictionary<PortGroup, IReadOnlySet<int>> groups,
        string installation,
        Func<GatewayKind, string> home
    )
    {
        var holders = services
            .GroupBy(service => Holds(service.Key, service.Value))
            .ToDictionary(held => held.Key, held => held.OrderBy(service => service.Key.Name != held.Key.Group).First().Key); // one by its own name before one by annotation
        var homes = groups
            .Keys.Where(group => holders.ContainsKey((home(group.Gateway), group.Name)))
            .ToDictionary(group => group, group => holders[(home(group.Gateway), group.Name)]);
        var left = services
            .Where(service =>
                !homes.ContainsValue(service.Key)
                && ManagedServicePorts.OtherInstallation(service.Value, installation) is null
                && !Terminating.IsOne(service.Value)
            )
            .ToList();
        var homeless = groups.Keys.Where(group => !homes.ContainsKey(group)).OrderBy(group => group.Name, StringComparer.Ordinal).ToList();
        var heirs = homeless
            .Select(group => (Group: group, Left: left.Where(service => IsHeir(service, group)).ToList()))
            .Where(heir => heir.Left is [var only] && homeless.Count(group => IsHeir(only, group)) == 1)
            .ToDictionary(heir => heir.Group, heir => heir.Left[0].Key);
        foreach (var group in homeless.OrderBy(group => !heirs.ContainsKey(group)))
        {
            homes[group] = heirs.TryGetValue(group, out var inherited) ? inherited : Free(group);
        }

        return homes;

        bool IsHeir(KeyValuePair<ObjectRef, JsonObject> service, PortGroup group) =>
            service.Key.Namespace == home(group.Gateway)
            && IsInternal(service.Value) == (group.Gateway == GatewayKind.Internal)
            && (service.Value["spec"]?["ports"] as JsonArray ?? []).Any(port =>
                groups[group].Contains(port?["port"]?.GetValue<int>() ?? 0)
            );

        // Not one that another group has: under its first name, it may serve others by now.
        ObjectRef Free(PortGroup group) =>
            Enumerable
                .Range(1, services.Count + 1)
                .Select(number => new ObjectRef(
                    ObjectKind.Service,
                    home(group.Gateway),
                    number == 1 ? group.Name : string.Create(CultureInfo.InvariantCulture, $"{group.Name}-{number}")
                ))
                .First(target => !homes.ContainsValue(target));
    }

    private static (string Namespace, string Group) Holds(ObjectRef target, JsonObject service) =>
        (target.Namespace, service["metadata"]?["annotations"]?[GroupAnnotation]?.GetValue<string>() ?? target.Name);

    private static bool IsInternal(JsonObject service) =>
        service["metadata"]?["annotations"]?[LoadBalancer.Internal]?.GetValue<string>() == "true";
}
