using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// The servers and rules of others that an exposure can take over, since they mean the same, pure (ADR 14). They mean the same when all of
/// these hold; the first that does not is the obstacle:
/// <code>
/// what                        | holds when
/// ----------------------------+----------------------------------------------------------------------------------
/// the exposure                | protocol TCP, and a strategy whose routes are Istio's
/// owner                       | not another installation of MeshPort
/// selector of the Gateway     | the pods of the exposure's gateway, all of them and no others
/// server of the Gateway       | the exposure's port number, protocol TCP, host *, no tls and no bind
/// rule of the VirtualService  | visible to the gateway; no match but port and gateways; no other server, no sidecars
/// its Gateways                | all seen, where the identity may list Gateways in single namespaces only
/// its destinations            | the exposure's backends with their weights, no subset
/// the oldest Gateway          | has such a rule
/// earlier release             | none for this generation
/// port of the Service         | can be taken over as well (PortAdoption)
/// </code>
/// A short host is a Service of the VirtualService's namespace. A destination without a port means the only port of its Service.
/// </summary>
/// <param name="Servers">Oldest Gateway first.</param>
/// <param name="Rules">The rules at these Gateways, at MeshPort's Gateway, and at Gateways that the exposure has released.</param>
/// <param name="Difference">Why they do not mean the same: the rest of a sentence; null when they do.</param>
/// <param name="Returned">The same, where a part has come back after its release.</param>
/// <param name="Port">The same, where the port of the gateway's Service cannot be taken over.</param>
internal sealed record RouteAdoption(
    IReadOnlyList<ForeignEntry> Servers,
    IReadOnlyList<ForeignEntry> Rules,
    string? Difference,
    string? Returned = null,
    string? Port = null
)
{
    private static readonly string[] MatchFields = ["port", "gateways"];

    /// <summary>Why they cannot be taken over; null when they can.</summary>
    public string? Obstacle => Returned ?? Difference ?? Port;

    /// <param name="others">The objects of others, oldest first.</param>
    public static RouteAdoption Of(NamedExposure exposure, RouteWork work, IReadOnlyList<KeyValuePair<ObjectRef, JsonObject>> others)
    {
        if (exposure.Spec.Protocol != ExposureProtocol.Tcp || work.Spec.Strategy == Strategy.GatewayApi)
        {
            return new RouteAdoption([], [], "only protocol TCP, and only with Gateways and VirtualServices of Istio");
        }

        var ours = IstioRoutes.Of(exposure, work.Spec).Select(one => one.Body).ToList();
        string? obstacle = null;
        var servers = FindServers(exposure, work, others, ours[0], ref obstacle);
        var rules = FindRules(exposure, work, others, servers, ours[1], ref obstacle);
        if (servers is [{ Target: var first }, ..] && !rules.Exists(rule => rule.Gateways.Contains(NameOf(first))))
        {
            obstacle ??= $"no VirtualService routes the connections of {first}";
        }

        var all = rules.ConvertAll(rule => rule.Entry);
        var returned = servers.Concat(all).FirstOrDefault(entry => entry.HasComeBack(exposure));
        return new RouteAdoption(
            servers,
            all,
            obstacle,
            returned is null ? null : $"it has released {returned.Target} before, and something restores it. Remove it there",
            PortAdoption.FindObstacle(exposure.Spec, work.Spec, work.Objects)
        );
    }

    private static List<ForeignEntry> FindServers(
        NamedExposure exposure,
        RouteWork work,
        IReadOnlyList<KeyValuePair<ObjectRef, JsonObject>> others,
        JsonObject ours,
        ref string? obstacle
    )
    {
        var pods = work.PodsOf(exposure.Spec);
        var servers = new List<ForeignEntry>();
        foreach (var (target, found) in others.Where(one => one.Key.Kind == ObjectKind.Gateway))
        {
            var selector = found["spec"]?["selector"] as JsonObject;
            if (pods.IsSelectedBy(selector) != true)
            {
                continue;
            }

            foreach (var (index, server) in ForeignGateway.Servers(found, exposure.Spec, pods))
            {
                var pointer = string.Create(CultureInfo.InvariantCulture, $"/spec/servers/{index}");
                servers.Add(
                    new ForeignEntry(
                        target,
                        found,
                        pointer,
                        [
                            .. FieldDifference.Between(selector, ours["spec"]?["selector"], "/spec/selector"),
                            .. FieldDifference.Between(server, ours["spec"]?["servers"]?[0], pointer),
                        ]
                    )
                );
                obstacle ??=
                    DesiredObjects.IsOurs(found) ? $"{target} belongs to an exposure of another installation of MeshPort"
                    : !SelectsAll(selector, pods, AddOn.Gateway(work.Spec, exposure.Spec.Gateway)) ? $"the selector of {target} differs"
                    : DifferenceOf(server, exposure.Spec) is { } difference ? $"the server of {target} {difference}"
                    : null;
            }
        }

        return servers;
    }

    /// <summary>Whether a selector has the gateway's own labels, and otherwise only labels that all of its pods have.</summary>
    private static bool SelectsAll(JsonObject? selector, GatewayPods pods, GatewayService gateway) =>
        gateway.Selector.All(label => $"{selector?[label.Key]}" == label.Value)
        && (selector ?? []).All(label => pods.Known.TryGetValue(label.Key, out var value) && value == $"{label.Value}");

    private static string? DifferenceOf(JsonObject server, ExposureSpec exposure) =>
        server["tls"] is not null ? "has tls"
        : ForeignGateway.Protocol(server) is var protocol and not "TCP" ? $"has protocol {protocol}"
        : $"{server["port"]?["number"]}" is var number && number != $"{exposure.Port}" ? $"has the port number {number}"
        : server["bind"] is not null || server["defaultEndpoint"] is not null ? "has bind or defaultEndpoint"
        : string.Join(", ", server.Texts("hosts")) is var hosts and not "*" ? $"has the hosts {hosts}"
        : null;

    private static List<(ForeignEntry Entry, IReadOnlySet<string> Gateways)> FindRules(
        NamedExposure exposure,
        RouteWork work,
        IReadOnlyList<KeyValuePair<ObjectRef, JsonObject>> others,
        List<ForeignEntry> servers,
        JsonObject ours,
        ref string? obstacle
    )
    {
        var bound = servers.Select(server => NameOf(server.Target)).ToHashSet(StringComparer.Ordinal);
        bound.Add($"{exposure.Spec.Backends[0].Namespace}/{ObjectNames.Of(exposure.Name)}");
        var rules = new List<(ForeignEntry, IReadOnlySet<string>)>();
        foreach (var (target, found) in others.Where(one => one.Key.Kind == ObjectKind.VirtualService))
        {
            foreach (var (index, rule) in found["spec"].Items("tcp").Index())
            {
                var taken = Matches(rule, found, exposure.Spec.Port)
                    .Where(match => match.Gateways.Exists(gateway => bound.Contains(gateway) || WasReleased(exposure, gateway)))
                    .ToList();
                if (taken.Count == 0)
                {
                    continue;
                }

                var pointer = string.Create(CultureInfo.InvariantCulture, $"/spec/tcp/{index}");
                var pointers =
                    taken.Count == Math.Max(rule.Items("match").Count(), 1)
                        ? [pointer]
                        : taken.ConvertAll(match => string.Create(CultureInfo.InvariantCulture, $"{pointer}/match/{match.Index}"));
                var differences = FieldDifference
                    .Between(found["spec"]?["hosts"], ours["spec"]?["hosts"], "/spec/hosts")
                    .Concat(FieldDifference.Between(rule["route"], ours["spec"]?["tcp"]?[0]?["route"], $"{pointer}/route"))
                    .ToList();
                var gateways = taken.SelectMany(match => match.Gateways).ToHashSet(StringComparer.Ordinal);
                rules.AddRange(
                    pointers.Select(
                        (one, number) =>
                            (new ForeignEntry(target, found, one, number == 0 ? differences : []), (IReadOnlySet<string>)gateways)
                    )
                );
                obstacle ??=
                    DesiredObjects.IsOurs(found) ? $"{target} belongs to an exposure of another installation of MeshPort"
                    : DifferenceOf(exposure, work, (rule, found), taken.ConvertAll(match => match.Match), gateways, bound) is { } difference
                        ? $"the rule of {target} {difference}"
                    : null;
            }
        }

        return rules;
    }

    private static string? DifferenceOf(
        NamedExposure exposure,
        RouteWork work,
        (JsonObject Rule, JsonObject Found) its,
        List<JsonObject> matches,
        HashSet<string> gateways,
        HashSet<string> bound
    )
    {
        if (matches.SelectMany(match => match).FirstOrDefault(field => !MatchFields.Contains(field.Key)).Key is { } other)
        {
            return $"also matches by {other}";
        }

        var servers = work
            .Objects.AllOf(ObjectKind.Gateway)
            .Select(gateway => (Name: $"{gateway.Namespace()}/{gateway.Name()}", Servers: gateway["spec"].Items("servers")))
            .Where(gateway => gateways.Contains(gateway.Name))
            .SelectMany(gateway => gateway.Servers.Select(server => (gateway.Name, Port: $"{server["port"]?["number"]}")))
            .ToList();
        var hasPort = matches.TrueForAll(match => match["port"] is not null);
        var home = work.PodsOf(exposure.Spec).Service.Namespace;
        return gateways.Contains("mesh") ? "also routes connections inside the mesh"
            : !IstioExport.Reaches(its.Found["spec"].Texts("exportTo"), its.Found.Namespace(), home) ? "is hidden from the gateway"
            : servers.Exists(server =>
                hasPort ? server.Port == $"{exposure.Spec.Port}" && !bound.Contains(server.Name) : server.Port != $"{exposure.Spec.Port}"
            )
                ? "also routes connections of other servers"
            : FindUnseen(exposure, work.Objects, gateways.Except(bound)) is { } unseen
                ? $"names Gateway {unseen}, which MeshPort does not see: it may not list Gateways in all namespaces"
            : ForeignDestinations.Difference(its.Rule, its.Found.Namespace(), exposure.Spec, work.Objects.Services);
    }

    /// <summary>A Gateway that may have servers whose connections the rule routes.</summary>
    private static string? FindUnseen(NamedExposure exposure, ClusterObjects objects, IEnumerable<string> gateways)
    {
        if (objects.HasAllGateways)
        {
            return null;
        }

        var seen = objects.AllOf(ObjectKind.Gateway).Select(gateway => $"{gateway.Namespace()}/{gateway.Name()}").ToHashSet();
        return gateways.FirstOrDefault(gateway => gateway != "mesh" && !seen.Contains(gateway) && !WasReleased(exposure, gateway));
    }

    /// <summary>Whether a rule of a VirtualService routes connections of a port of a Gateway.</summary>
    /// <param name="gateway">As <c>namespace/name</c>.</param>
    public static bool Binds(JsonObject rule, JsonObject service, string gateway, int port) =>
        Matches(rule, service, port).Any(match => match.Gateways.Contains(gateway));

    /// <summary>The matches of a rule for a port, with their index and their Gateways. A rule without a match has one.</summary>
    private static IEnumerable<(int Index, JsonObject Match, List<string> Gateways)> Matches(
        JsonObject rule,
        JsonObject service,
        int port
    ) =>
        rule.Items("match")
            .DefaultIfEmpty([])
            .Index()
            .Where(match => match.Item["port"] is null || $"{match.Item["port"]}" == $"{port}")
            .Select(match => (match.Index, match.Item, GatewaysOf(match.Item, service)));

    /// <summary>The Gateways of a match, or else of its VirtualService. The word mesh stands for the sidecars.</summary>
    private static List<string> GatewaysOf(JsonObject match, JsonObject found)
    {
        var named = match["gateways"] is JsonArray { Count: > 0 } ? match : found["spec"];
        return
        [
            .. ForeignRoute.References(named, found.Namespace()).Where(name => !name.EndsWith("/mesh", StringComparison.Ordinal)),
            .. named.Texts("gateways").Where(name => name == "mesh"),
        ];
    }

    private static bool WasReleased(NamedExposure exposure, string gateway) =>
        AdoptionMarks.HasAny(exposure, $"{ObjectKind.Gateway.Name} {gateway}|");

    private static string NameOf(ObjectRef gateway) => $"{gateway.Namespace}/{gateway.Name}";
}
