using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;

namespace MeshPort.Discovery;

/// <summary>A port that a Service asks for, or a refusal of the Service as a whole.</summary>
/// <param name="Exposure">The name of its exposure; null with a refusal.</param>
/// <param name="Spec">Null with a refusal.</param>
internal sealed record ServiceAsk(string? Exposure, ExposureSpec? Spec, AnswerLine? Refusal);

/// <param name="Found">The Service with its annotations.</param>
internal sealed record AskingService(JsonObject Found, ServiceOwner Owner, IReadOnlyList<ServiceAsk> Asks)
{
    /// <summary>Whether the namespace is not this installation's to serve.</summary>
    public bool IsOutside => Asks is [{ Refusal.Reason: RefusalReasons.NamespaceNotAllowed }];

    /// <summary>The annotations are invalid, so its exposures stay.</summary>
    public bool IsUnclear => Asks is [{ Refusal.Reason: RefusalReasons.InvalidAnnotation }];
}

/// <summary>
/// Decides which exposures the annotations of Services ask for, pure. The first row that fits a Service counts:
/// <code>
/// Service                                           | its exposures                              | answer
/// --------------------------------------------------+--------------------------------------------+--------------------
/// without annotation expose, or being deleted       | none                                       | none
/// in a namespace that the spec does not allow       | none                                       | NamespaceNotAllowed
/// of a gateway, ExternalName, or without a selector | none                                       | NotExposable
/// with an invalid annotation                        | as before, where the spec still allows it  | InvalidAnnotation
/// any other, a port that the spec does not allow    | not this port                              | PortNotAllowed
/// any other, a gateway that the spec does not allow | not this port                              | GatewayNotAllowed
/// any other                                         | as asked                                   | of the exposure
/// </code>
/// </summary>
/// <param name="Changes">Deletions first. Then the oldest Service comes first, since it gets a port that several want.</param>
/// <param name="Services">The Services that get an answer.</param>
internal sealed record DiscoveryPlan(IReadOnlyList<ExposureChange> Changes, IReadOnlyList<AskingService> Services)
{
    /// <param name="spec">The spec of the cluster; without <c>discover</c>, all exposures of Services are deleted.</param>
    /// <param name="namespaces">The namespaces whose Services may ask.</param>
    /// <param name="exposures">All exposures of the cluster.</param>
    public static DiscoveryPlan Of(
        ClusterSpec spec,
        IReadOnlySet<string> namespaces,
        IEnumerable<JsonObject> services,
        IReadOnlyList<Resource<ExposureSpec>> exposures
    )
    {
        List<AskingService> asking = spec.Discover is { } discover
            ? [.. services.Where(IsAsking).OrderBy(Age, StringComparer.Ordinal).Select(one => Ask(one, spec, discover, namespaces))]
            : [];
        List<ExposureChange> wanted =
        [
            .. asking.SelectMany(service =>
                service
                    .Asks.Where(ask => ask.Spec is not null)
                    .Select(ask => new ExposureChange(ask.Exposure ?? "", ask.Spec, Precondition.None, Owner: service.Owner))
            ),
        ];
        var names = wanted.Select(put => put.Name).ToHashSet(StringComparer.Ordinal);
        var unclear = asking.Where(service => service.IsUnclear).Select(service => service.Owner).ToHashSet();
        var known = exposures.ToDictionary(exposure => exposure.Metadata.Name, StringComparer.Ordinal);
        return new DiscoveryPlan(
            [
                .. exposures
                    .Where(exposure =>
                        exposure.Metadata is { Owner: { } owner, DeletedAt: null }
                        && !names.Contains(exposure.Metadata.Name)
                        && !(unclear.Contains(owner) && RefusePort(exposure.Spec, spec.Discover) is null)
                    )
                    .Select(exposure => exposure.Metadata)
                    .Select(gone => new ExposureChange(gone.Name, null, Precondition.None, MayBeGone: true, gone.Owner)),
                .. wanted.Where(put => !IsKnown(put, known.GetValueOrDefault(put.Name))),
            ],
            asking
        );
    }

    private static AskingService Ask(JsonObject service, ClusterSpec spec, DiscoverSpec discover, IReadOnlySet<string> namespaces)
    {
        var owner = new ServiceOwner(service.Namespace(), service.Name());
        if (RefuseService(service, spec, namespaces) is { } refusal)
        {
            return new AskingService(service, owner, [new ServiceAsk(null, null, refusal)]);
        }

        var request = ServiceRequest.Read(service);
        return new AskingService(
            service,
            owner,
            request.Errors.Count > 0
                ? [new ServiceAsk(null, null, Refuse(RefusalReasons.InvalidAnnotation, string.Join(' ', request.Errors)))]
                :
                [
                    .. request.Exposures.Select(exposure =>
                        RefusePort(exposure, discover) is { } refused
                            ? new ServiceAsk(null, null, refused)
                            : new ServiceAsk(NameOf(owner, exposure.Port), exposure, null)
                    ),
                ]
        );
    }

    /// <summary>
    /// The name of an exposure: service, port, and a hash, so that two Services never have the same. It stays when the gateway changes.
    /// </summary>
    internal static string NameOf(ServiceOwner owner, int port)
    {
        var end = $"-{port}-{ShortHash.Of($"{owner.Namespace}/{owner.Service}/{port}", 8)}";
        var begin = char.IsAsciiLetterLower(owner.Service[0]) ? owner.Service : $"s{owner.Service}";
        return begin[..Math.Min(begin.Length, ExposureValidator.LongestName - end.Length)].TrimEnd('-') + end;
    }

    private static bool IsAsking(JsonObject service) =>
        service.DeletionTimestamp() is null && service.Annotation(ServiceAnnotations.Expose) is not null;

    private static string Age(JsonObject service) => $"{service.CreationTimestamp()} {service.Namespace()}/{service.Name()}";

    private static bool IsKnown(ExposureChange put, Resource<ExposureSpec>? exposure) =>
        exposure is { Metadata: { DeletedAt: null, Owner: var owner } }
        && owner == put.Owner
        && MeshPortJson.IsSame(exposure.Spec, put.Spec);

    private static AnswerLine? RefuseService(JsonObject service, ClusterSpec spec, IReadOnlySet<string> namespaces)
    {
        if (!namespaces.Contains(service.Namespace()))
        {
            return Refuse(
                RefusalReasons.NamespaceNotAllowed,
                $"The cluster's spec does not let Services of namespace {service.Namespace()} ask for exposures (discover)."
            );
        }

        if (
            service.Label(GatewayPods.GatewayName) is not null
            || Enum.GetValues<GatewayKind>().Any(gateway => AddOn.Gateway(spec, gateway).Namespace == service.Namespace())
        )
        {
            return Refuse(
                RefusalReasons.NotExposable,
                "Services of a gateway, or in the namespace of the add-on's gateways, cannot be exposed by annotations."
            );
        }

        if (service["spec"]?["type"]?.GetValue<string>() == "ExternalName" || service["spec"]?["selector"] is not JsonObject { Count: > 0 })
        {
            return Refuse(
                RefusalReasons.NotExposable,
                "A Service of type ExternalName or without a selector may lead out of its namespace. Give it a selector for pods."
            );
        }

        return null;
    }

    private static AnswerLine? RefusePort(ExposureSpec exposure, DiscoverSpec? spec) =>
        spec is null ? null
        : !spec.Ports.Select(PortRange.Parse).Any(range => range?.Holds(exposure.Port) == true)
            ? Refuse(
                RefusalReasons.PortNotAllowed,
                $"Services may not ask for port {exposure.Port}. Choose one of {string.Join(", ", spec.Ports)}.",
                exposure.Port
            )
        : !spec.Gateways.Contains(exposure.Gateway)
            ? Refuse(
                RefusalReasons.GatewayNotAllowed,
                $"Services may not ask for the {exposure.Gateway.Text()} gateway. Set {ServiceAnnotations.OfFields["gateway"]} to "
                    + $"{string.Join(" or ", spec.Gateways.Select(GatewayKinds.Text))}.",
                exposure.Port
            )
        : null;

    private static AnswerLine Refuse(string reason, string message, int? port = null) =>
        new(port, AnswerState.Refused, Reason: reason, Message: message);
}
