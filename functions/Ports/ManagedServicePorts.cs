using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>
/// Decides MeshPort's ports of the add-on's gateway Service, pure. Each port has its owner. The server-side apply lists all ports of
/// MeshPort and no others. A port of others is refused first, since an apply with identical values would silently make MeshPort a
/// co-owner.
/// <code>
/// exposure             | TCP port of the Service                                 | change
/// ---------------------+---------------------------------------------------------+----------------------------
/// wants it             | absent                                                  | opens it
/// wants it             | MeshPort's, as desired                                  | none
/// wants it             | MeshPort's, edited                                      | restores it by a forced apply
/// wants it             | of others, open before for this spec, MeshPort's name   | restores it by a forced apply
/// wants it, adopts     | of others, means the same                               | takes it over, with its name
/// wants it             | of others                                               | none; taken
/// wants it             | another port has its name                               | none; taken
/// keeps it             | MeshPort's                                              | none
/// keeps it             | absent, or of others                                    | none
/// none                 | MeshPort's                                              | closes it
/// none                 | MeshPort's, and another field manager owns it too       | gives it up; it stays open
/// none                 | of others                                               | none
/// wants or keeps 443   | any, see SharedPort                                     | none; missing where it is absent
/// </code>
/// The mark of the installation comes with the first port or setting and goes with the last one. The idle timeout is the longest one of the
/// exposures, unless others have set it. A port means the same when MeshPort would open it with the same target. It keeps its name: with
/// another one, kube-proxy would refuse connections until the controller of EndpointSlices has followed. <see cref="TrafficPolicyPlan"/>
/// decides the traffic policy.
/// </summary>
/// <param name="Taken">The wanted ports that stay those of others, or whose names do.</param>
/// <param name="Absent">The wanted ports that the Service did not have.</param>
/// <param name="Edited">The ports that others have changed and MeshPort restores.</param>
/// <param name="Left">Why ports that MeshPort gives up stay open, for people.</param>
/// <param name="Apply">Null when MeshPort writes nothing.</param>
/// <param name="Adopted">The ports of others that MeshPort takes over, with their owners, for people.</param>
/// <param name="Ownership">The ownership of others that the takeover removes; null without any.</param>
internal sealed record ManagedServicePorts(
    IReadOnlyList<int> Open,
    IReadOnlySet<int> Taken,
    IReadOnlySet<int> Absent,
    IReadOnlySet<int> Edited,
    IReadOnlyList<string> Left,
    JsonObject? Apply,
    IReadOnlyDictionary<int, string> Adopted,
    FieldRemoval? Ownership
)
{
    /// <summary>Whether an exposure wants port 443, and the Service does not have it.</summary>
    public bool LacksShared { get; private init; }

    /// <summary>Whether the apply overrules other field managers.</summary>
    public bool IsForced { get; private init; }

    /// <summary>MeshPort's ports of the Service by name, with the ports on which the gateway listens, for people.</summary>
    public required JsonObject Before { get; init; }

    /// <summary>The same after the change.</summary>
    public required JsonObject After { get; init; }

    /// <param name="wanted">The exposures whose ports MeshPort opens now, one for each port.</param>
    /// <param name="kept">Blocked exposures, in the same way: open ports stay open with their idle timeout, closed ones closed.</param>
    public static ManagedServicePorts Plan(
        JsonObject service,
        ObjectRef target,
        string installation,
        IReadOnlyList<NamedExposure> wanted,
        IReadOnlyList<NamedExposure> kept
    )
    {
        var present = service.ServicePorts().Where(port => port.IsTcp()).ToDictionary(port => port.PortNumber());
        var hasShared = present.ContainsKey(GatewayPort.Shared);
        var lacksShared = !hasShared && wanted.Any(IsShared);
        // A blocked exposure keeps the settings that the Service has, and brings none.
        var hasSettings = TrafficPolicy.IsOurs(service) || PortOwners.Annotations(service).Contains(LoadBalancer.IdleTimeout);
        var sharers = wanted.Concat(hasSettings ? kept : []).Where(exposure => hasShared && IsShared(exposure)).ToList();
        wanted = [.. wanted.Where(exposure => !IsShared(exposure))];
        var owned = PortOwners.Ports(service);
        var lost = wanted
            .Where(exposure =>
                present.TryGetValue(exposure.Spec.Port, out var port)
                && !owned.Contains(exposure.Spec.Port)
                && IsOursStill(exposure, port, service, installation)
            )
            .Select(exposure => exposure.Spec.Port)
            .ToHashSet();
        var adopted = wanted
            .Where(exposure =>
                AdoptionMarks.IsOpen(exposure, ConditionTypes.PortOpen)
                && present.ContainsKey(exposure.Spec.Port)
                && !owned.Contains(exposure.Spec.Port)
                && PortAdoption.Difference(service, exposure.Spec.Port) is null
            )
            .Select(exposure => exposure.Spec.Port)
            .ToHashSet();
        var named = adopted.Concat(PortOwners.Named(service)).Where(present.ContainsKey).ToHashSet();
        JsonObject Desired(int port) =>
            Port(port, named.Contains(port) ? $"{present[port]["name"]}" : ObjectNames.Port(port), GatewayPort.Target(port));
        var taken = wanted
            .Where(exposure =>
                !adopted.Contains(exposure.Spec.Port)
                && (
                    (present.ContainsKey(exposure.Spec.Port) && !owned.Contains(exposure.Spec.Port) && !lost.Contains(exposure.Spec.Port))
                    || (!named.Contains(exposure.Spec.Port) && PortAdoption.HasItsName(service, exposure.Spec.Port))
                )
            )
            .Select(exposure => exposure.Spec.Port)
            .ToHashSet();
        var opened = wanted.Where(exposure => !taken.Contains(exposure.Spec.Port)).ToList();
        opened.AddRange(kept.Where(exposure => !IsShared(exposure) && owned.Contains(exposure.Spec.Port)));
        var open = opened.Select(exposure => exposure.Spec.Port).Distinct().Order().ToList();
        var ports = open.ConvertAll(Desired);
        opened.AddRange(sharers);
        var policy = TrafficPolicyPlan.Of(service, opened);
        var isMarked = open.Count > 0 || policy.IsLocal || LoadBalancer.IdleMinutes(opened) is not null;
        var annotations = isMarked ? Annotations(service, installation, opened) : [];
        var absent = open.Where(port => !present.ContainsKey(port)).ToHashSet();
        var edited = open.Where(port =>
                present.TryGetValue(port, out var found)
                && (lost.Contains(port) || ObjectPlan.Difference(Desired(port), found, "port") is not null)
            )
            .ToHashSet();
        var isForced = edited.Count > 0 || policy.IsForced;
        var same =
            owned.SetEquals(open)
            && absent.Count + edited.Count == 0
            && policy.IsSame
            && ObjectPlan.Difference(annotations, service.Annotations() ?? [], "annotations") is null
            && PortOwners.Annotations(service).All(annotations.ContainsKey);
        return new ManagedServicePorts(
            open,
            taken,
            absent,
            edited,
            [.. owned.Except(open).Where(present.ContainsKey).Order().Select(port => TellLeft(service, target, port)).OfType<string>()],
            same ? null : Body(service, target, ports, annotations, policy.IsLocal, isForced),
            adopted.ToDictionary(port => port, port => $"port {port}, named {present[port]["name"]}, of {PortOwners.Tell(service, port)}"),
            PortOwners.OfOthers(service, adopted)
        )
        {
            LacksShared = lacksShared,
            IsForced = isForced,
            Before = View(
                present
                    .Where(port => owned.Contains(port.Key) || edited.Contains(port.Key) || adopted.Contains(port.Key))
                    .Select(port => port.Value),
                policy.Before
            ),
            After = View(ports, policy.After),
        };
    }

    private static bool IsShared(NamedExposure exposure) => exposure.Spec.Port == GatewayPort.Shared;

    private static JsonObject View(IEnumerable<JsonObject> ports, string? policy)
    {
        var view = new JsonObject(
            ports.Select(port =>
                KeyValuePair.Create(
                    port["name"]?.ToString() ?? "",
                    (JsonNode?)new JsonObject { ["port"] = port["port"]?.DeepClone(), ["targetPort"] = port["targetPort"]?.DeepClone() }
                )
            )
        );
        if (policy is not null)
        {
            view[TrafficPolicy.Field] = policy;
        }

        return view;
    }

    private static string? TellLeft(JsonObject service, ObjectRef target, int port) =>
        PortOwners.Tell(service, port) is var owners and not "others"
            ? $"Port {port} of {target} stays open, since {owners} applied it too. Remove it there."
            : null;

    /// <summary>
    /// Whether MeshPort opened the port for this spec although it has another owner now. Another writer has replaced the Service and kept
    /// the name.
    /// </summary>
    private static bool IsOursStill(NamedExposure exposure, JsonObject port, JsonObject service, string installation) =>
        exposure.WasTrue(ConditionTypes.PortOpen)
        && port["name"]?.GetValue<string>() == ObjectNames.Port(exposure.Spec.Port)
        && service.Annotation(Installation.Annotation) == installation;

    /// <summary>Sets the idle timeout unless others have set it.</summary>
    private static JsonObject Annotations(JsonObject service, string installation, IReadOnlyList<NamedExposure> opened)
    {
        var annotations = new JsonObject { [Installation.Annotation] = installation };
        var isFree =
            service.Annotation(LoadBalancer.IdleTimeout) is null || PortOwners.Annotations(service).Contains(LoadBalancer.IdleTimeout);
        if (isFree && LoadBalancer.IdleMinutes(opened) is { } minutes)
        {
            annotations[LoadBalancer.IdleTimeout] = minutes;
        }

        return annotations;
    }

    /// <param name="own">The gateway's own Service; null where it is missing.</param>
    public static JsonObject Port(int port, JsonObject? own) => Port(port, ObjectNames.Port(port), SharedPort.Target(port, own));

    private static JsonObject Port(int port, string name, JsonNode target) =>
        new()
        {
            ["name"] = name,
            ["port"] = port,
            ["protocol"] = PortOwners.Tcp,
            ["targetPort"] = target,
        };

    /// <param name="isForced">A forced apply names the version that was read, so that the API server refuses it for another one.</param>
    private static JsonObject Body(
        JsonObject service,
        ObjectRef target,
        List<JsonObject> ports,
        JsonObject annotations,
        bool isLocal,
        bool isForced
    )
    {
        var metadata = new JsonObject
        {
            ["name"] = target.Name,
            ["namespace"] = target.Namespace,
            // An apply is an upsert. Without the uid, it would create a Service when the add-on's Service is gone.
            ["uid"] = service.Uid(),
            ["annotations"] = annotations,
        };
        if (isForced)
        {
            metadata["resourceVersion"] = service.ResourceVersion();
        }

        var spec = new JsonObject { ["ports"] = new JsonArray([.. ports]) };
        if (isLocal)
        {
            spec[TrafficPolicy.Field] = TrafficPolicy.Local;
        }

        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = metadata,
            ["spec"] = spec,
        };
    }
}
