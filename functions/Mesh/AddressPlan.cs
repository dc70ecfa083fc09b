using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>
/// The Azure resources behind the addresses of a spec, pure. MeshPort makes a public IP address that is absent, and changes only those that
/// it has made. The first row that fits counts:
/// <code>
/// public IP address                          | change           | reported
/// -------------------------------------------+------------------+------------------------
/// absent, and so is its resource group       | -                | False  AddressConflict
/// absent                                     | PUT              | wait   Pending
/// being changed                              | -                | wait   Pending
/// of another location, SKU, kind or prefix   | -                | False  AddressConflict
/// used by something outside the cluster      | -                | False  AddressConflict
/// failed, without a number                   | -                | False  AddressConflict
/// any other, without a number                | -                | wait   Pending
/// with another label, made by MeshPort       | PUT, its label   | wait   Pending
/// with another label, made by others         | -                | False  AddressConflict
/// any other                                  | -                | True   AsDesired
///
/// subnet of the internal gateway             | change           | reported
/// -------------------------------------------+------------------+------------------------
/// absent                                     | -                | False  AddressConflict
/// exists                                     | -                | True   AsDesired
/// </code>
/// The cluster's identity needs a role on the resource group of the address, and on another subnet than that of the nodes (AKS
/// documentation, "Use a static public IP address"). It gets the role as <see cref="NetworkRole"/> says; where MeshPort may not assign it,
/// the report has the command (<see cref="AddressRole"/>). <see cref="Cleanup"/> is for the time when no gateway uses the old addresses.
/// </summary>
/// <param name="Chosen">The addresses that gateways can have now; null when one of the spec cannot be used.</param>
/// <param name="Cleanup">Deletes public IP addresses and roles that MeshPort made and nothing uses.</param>
internal sealed record AddressPlan(StepPlan<ArmChange> Steps, IReadOnlyList<ChosenAddress>? Chosen, IReadOnlyList<ArmChange> Cleanup)
{
    private static readonly Observation Fine = Observation.True(Reasons.AsDesired, "");

    /// <summary>The addresses after the changes; null when one of the spec cannot be used.</summary>
    public IReadOnlyList<ChosenAddress>? Foreseen { get; private init; }

    /// <summary>For clusters without such addresses.</summary>
    public static readonly AddressPlan None = new(StepPlan<ArmChange>.Nothing(Fine), [], []);

    public static AddressPlan Of(ClusterId cluster, ClusterSpec spec, IReadOnlyList<string> made, AddressSnapshot snapshot)
    {
        var roles = Scopes(cluster, spec).Select(scope => AddressRole.Of(cluster, scope, snapshot)).ToList();
        var warnings = roles.Select(role => role.Warning).OfType<string>().ToList();
        var (external, publicIp) = spec.GatewayAddresses.External is { } named
            ? Of(cluster, spec, named, snapshot, IpFamily.IPv4)
            : (null, null);
        var (second, publicIpv6) = spec.GatewayAddresses.External?.OfIpv6 is { } other
            ? Of(cluster, spec, other, snapshot with { PublicIp = snapshot.PublicIpv6 }, IpFamily.IPv6)
            : (null, null);
        var inner = spec.GatewayAddresses.Internal is { } wanted ? Of(cluster, spec, wanted, snapshot) : null;
        StepResult?[] obstacles = [external?.Result, second?.Result, inner?.Result];
        var result =
            obstacles.FirstOrDefault(one => one is { Observation.Status: not ConditionStatus.True })
            ?? StepResult.Done(Fine with { Message = string.Join(' ', warnings) });
        IReadOnlyList<ArmChange> changes =
        [
            .. roles.Select(role => role.Change).OfType<ArmChange>(),
            .. external?.Changes ?? [],
            .. second?.Changes ?? [],
        ];
        IReadOnlyList<ChosenAddress> foreseen =
        [
            .. spec.GatewayAddresses.External is { } own
                ? [(publicIp ?? Choose(cluster, own, null)) with { PublicIpv6 = own.PublicIpv6, Ipv6 = publicIpv6?.Ip }]
                : Array.Empty<ChosenAddress>(),
            .. spec.GatewayAddresses.Internal is { } place
                ? [new ChosenAddress(GatewayKind.Internal, place.Ipv4, Subnet: place.Subnet)]
                : Array.Empty<ChosenAddress>(),
        ];
        var isConflict = result is { Wait: false, Observation.Status: ConditionStatus.False };
        return new AddressPlan(
            new(
                isConflict ? [] : changes,
                result,
                [
                    .. external?.DryRun ?? [],
                    .. second?.DryRun ?? [],
                    .. inner?.DryRun ?? [],
                    .. roles.Select(role => role.DryRun).OfType<PlannedChange>(),
                ]
            ),
            result.Observation.Status == ConditionStatus.True ? foreseen : null,
            AddressCleanup.Of(cluster, spec, made, snapshot)
        )
        {
            Foreseen = isConflict ? null : foreseen,
        };
    }

    /// <summary>The scopes on which the cluster's identity needs a role for these addresses.</summary>
    public static IReadOnlyList<ResourceIdentifier> Scopes(ClusterId cluster, ClusterSpec spec) =>
        [
            .. spec.GatewayAddresses.External is { } external ? [PublicIps.GroupOf(cluster, external)] : Array.Empty<ResourceIdentifier>(),
            .. SubnetOf(cluster, spec) is { } subnet && !Same($"{subnet}", $"{Nodes(cluster, spec)}")
                ? [subnet]
                : Array.Empty<ResourceIdentifier>(),
        ];

    /// <summary>The subnet that the spec names for the internal gateway; null without one.</summary>
    public static ResourceIdentifier? SubnetOf(ClusterId cluster, ClusterSpec spec) =>
        spec.GatewayAddresses.Internal?.Subnet is { } name && Nodes(cluster, spec)?.Parent is { } network
            ? new($"{network}/subnets/{name}")
            : null;

    /// <summary>The public IP addresses that MeshPort made and the spec does not name.</summary>
    public static IReadOnlyList<string> UnwantedIps(ClusterId cluster, ClusterSpec spec, IReadOnlyList<string> made)
    {
        var external = spec.GatewayAddresses.External;
        var wanted = new[] { external, external?.OfIpv6 }
            .OfType<PublicAddressSpec>()
            .Select(one => PublicIps.IdOf(cluster, one).ToString())
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. made.Where(id => PublicIps.IsOne(id) && !wanted.Contains(id))];
    }

    private static ResourceIdentifier? Nodes(ClusterId cluster, ClusterSpec spec) =>
        spec.Network is { } network ? NetworkIds.Subnet(cluster, network) : null;

    private static (StepPlan<ArmChange> Plan, ChosenAddress? Chosen) Of(
        ClusterId cluster,
        ClusterSpec spec,
        PublicAddressSpec wanted,
        AddressSnapshot snapshot,
        IpFamily family
    )
    {
        var id = PublicIps.IdOf(cluster, wanted).ToString();
        if (snapshot.PublicIp is not { } found)
        {
            if (!snapshot.HasGroup && wanted.ResourceGroup is { } group && !Same(group, cluster.ResourceGroup))
            {
                return (Conflict(id, $"Resource group {group} does not exist. Create it, or change gatewayAddresses."), null);
            }

            var body = PublicIps.Body(spec.Location, spec.Tags, wanted, family);
            return (Write(ArmChange.Create(id, ApiVersions.Network, "The public IP address does not exist.", body), isNew: true), null);
        }

        if (PublicIps.State(found) is not (null or "Succeeded" or "Failed") and var state)
        {
            return (
                StepPlan<ArmChange>.Nothing(
                    StepResult.AskAgain(Reasons.Pending, $"Public IP address {found["name"]} is {state}."),
                    PlannedChange.None(id, $"The public IP address is {state}.")
                ),
                null
            );
        }

        if (Unfit(spec, wanted, found, snapshot, family) is { } unfit)
        {
            return (Conflict(id, $"Public IP address {found["name"]} {unfit}"), null);
        }

        if (PublicIps.Ip(found) is null)
        {
            return (
                PublicIps.State(found) == "Failed"
                    ? Conflict(
                        id,
                        $"Public IP address {found["name"]} has failed. Delete it, so that MeshPort makes it again, or name another."
                    )
                    : StepPlan<ArmChange>.Nothing(
                        StepResult.AskAgain(Reasons.Pending, $"Public IP address {found["name"]} has no number yet."),
                        PlannedChange.None(id, "The public IP address has no number yet.")
                    ),
                null
            );
        }

        if (wanted.DnsLabel is not { } label || PublicIps.Label(found) == label)
        {
            var fine = StepPlan<ArmChange>.Nothing(Fine, PlannedChange.None(id, "The public IP address is as desired."));
            return (fine, Choose(cluster, wanted, found));
        }

        if (!Ownership.IsOurs(found))
        {
            var has = PublicIps.Label(found) is { } other ? $"DNS label {other}, not {label}" : $"no DNS label {label}";
            return (
                Conflict(
                    id,
                    $"Public IP address {found["name"]} has {has}, and MeshPort did not create it. Set the label "
                        + $"(az network public-ip update --ids {id} --dns-name {label}), or remove 'dnsLabel'."
                ),
                null
            );
        }

        var labelled = PublicIps.WithLabel(found, label);
        return (
            Write(
                new ArmChange(
                    ArmVerb.Put,
                    id,
                    ApiVersions.Network,
                    labelled,
                    PlannedChange.Update(id, "Its DNS label differs.", Labelled(PublicIps.Label(found)), Labelled(label))
                ),
                isNew: false
            ),
            null
        );
    }

    private static StepPlan<ArmChange> Of(ClusterId cluster, ClusterSpec spec, PrivateAddressSpec wanted, AddressSnapshot snapshot) =>
        SubnetOf(cluster, spec) is { } subnet && !snapshot.HasSubnet
            ? Conflict(
                subnet.ToString(),
                $"Subnet {wanted.Subnet} does not exist in the virtual network of the nodes. Create it, or change gatewayAddresses."
            )
            : StepPlan<ArmChange>.Nothing(Fine);

    private static JsonObject Labelled(string? label) => new() { ["domainNameLabel"] = label };

    /// <returns>Why the load balancer of the cluster cannot use a public IP address: the rest of a sentence, with the remedy.</returns>
    private static string? Unfit(ClusterSpec spec, PublicAddressSpec wanted, JsonObject found, AddressSnapshot snapshot, IpFamily family)
    {
        const string Remedy = "Name another public IP address.";
        var properties = found["properties"];
        var location = found["location"]?.GetValue<string>().Replace(" ", "", StringComparison.Ordinal);
        return !Same(location, spec.Location) ? $"is in {location}, not in {spec.Location}. {Remedy}"
            : !Same(found["sku"]?["name"]?.GetValue<string>(), "Standard")
            || !Same(properties?["publicIPAllocationMethod"]?.GetValue<string>(), "Static")
            || !Same(properties?["publicIPAddressVersion"]?.GetValue<string>() ?? "IPv4", $"{family}")
                ? $"is not a static {family} address of SKU Standard, which AKS needs. {Remedy}"
            : wanted.PublicIpPrefix is { } prefix && !Same(PublicIps.Prefix(found), prefix)
                ? $"is not from the prefix that the spec names, and Azure does not change that. {Remedy}"
            : PublicIps.User(found) is { } user && !IsOfCluster(user, snapshot.NodeGroup) ? $"is used by {user}. Free it, or name another."
            : null;
    }

    private static bool IsOfCluster(string user, string? nodeGroup) =>
        nodeGroup is not null
        && user.Contains($"/resourceGroups/{nodeGroup}/providers/Microsoft.Network/loadBalancers/", StringComparison.OrdinalIgnoreCase);

    private static StepPlan<ArmChange> Write(ArmChange change, bool isNew)
    {
        var name = new ResourceIdentifier(change.Target).Name;
        var waits = StepResult.AskAgain(Reasons.Pending, $"Public IP address {name} is being {(isNew ? "made" : "changed")}.");
        return new(
            [
                change with
                {
                    IsMarked = isNew,
                    Repair = new ArmRepair(
                        ConditionTypes.GatewayReady,
                        $"PublicIPAddress {name}",
                        isNew ? "It was gone." : "Its DNS label differed."
                    ),
                    Then = waits,
                },
            ],
            waits,
            [change.DryRun]
        );
    }

    private static StepPlan<ArmChange> Conflict(string id, string message) =>
        StepPlan<ArmChange>.Nothing(
            Observation.False(Reasons.AddressConflict, message),
            PlannedChange.None(id, $"{message} The gateway would keep its present address.")
        );

    private static ChosenAddress Choose(ClusterId cluster, PublicAddressSpec wanted, JsonObject? found) =>
        new(
            GatewayKind.External,
            found is null ? null : PublicIps.Ip(found),
            found is null ? null : PublicIps.Hostname(found),
            PublicIps.NameOf(cluster, wanted),
            PublicIps.GroupOf(cluster, wanted).Name
        );

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
