using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// Assigns a companion Service to each group of exposures, pure. A new Service has the name of its group. When a whole group gets other
/// sources, it keeps its Service and address, and an annotation names the new group. Ports and source ranges then change in one write: no
/// other client gets in, and the port stays open. The first row that fits counts:
/// <code>
/// group                                                       | its Service
/// ------------------------------------------------------------+------------------------------------------------------
/// a Service has the group's name, and no other one in its     | that Service
/// annotation                                                  |
/// a Service has the group's name in its annotation            | that Service
/// one Service without a group has a port of the group, and    | that Service, with the group's name in its annotation
/// of no other group without a Service                         |
/// any other                                                   | a new one, with a free name
/// </code>
/// A Service of another gateway or installation, or one that is being deleted, does not change its group.
/// </summary>
internal static class CompanionAssignments
{
    /// <summary>The annotation with the name of the group, if it differs from the Service's name.</summary>
    public const string GroupAnnotation = "meshport.io/group";

    /// <param name="services">All companion Services of the cluster.</param>
    /// <param name="groups">The groups, with their ports.</param>
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
            // A Service with the group's name comes before one with the annotation.
            .ToDictionary(held => held.Key, held => held.OrderBy(service => service.Key.Name != held.Key.Group).First().Key);
        var homes = groups
            .Keys.Where(group => holders.ContainsKey((home(group.Gateway), group.Name)))
            .ToDictionary(group => group, group => holders[(home(group.Gateway), group.Name)]);
        var left = services
            .Where(service =>
                !homes.ContainsValue(service.Key)
                && PortAdoption.OtherInstallation(service.Value, installation) is null
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

        // The Service of that name may belong to another group by now.
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
        (target.Namespace, service.Annotation(GroupAnnotation) ?? target.Name);

    private static bool IsInternal(JsonObject service) => service.Annotation(LoadBalancer.Internal) == "true";
}
