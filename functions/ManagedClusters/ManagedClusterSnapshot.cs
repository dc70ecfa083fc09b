using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>A managed cluster as Azure has it, with what the plan needs beside it. Only what the plan needs is read.</summary>
/// <param name="Cluster">Null when it does not exist.</param>
internal sealed record ManagedClusterSnapshot(JsonObject? Cluster)
{
    public RoleState Role { get; init; }

    /// <summary>
    /// Of the user-assigned identity that the spec names, for a new cluster in a subnet of others; null when it does not exist or was not
    /// read.
    /// </summary>
    public Guid? Principal { get; init; }

    /// <summary>The mesh revisions that the location offers; null when the plan does not choose one.</summary>
    public JsonArray? Revisions { get; init; }

    /// <summary>Somebody else's cluster has no definitions of the Gateway API, and the spec needs them.</summary>
    public bool LacksGatewayApi { get; init; }

    /// <summary>Of MeshPort's host.</summary>
    public EgressAddresses Egress { get; init; } = new([]);

    /// <summary>Whether MeshPort has observed mesh or gateways of the cluster before.</summary>
    public bool HasServed { get; init; }

    /// <summary>Why the last write of this convergence failed; null when it did not, or Azure does not say.</summary>
    public ArmError? Failure { get; init; }

    /// <summary>The maintenance configurations of the cluster; null when none is needed.</summary>
    public JsonArray? Maintenance { get; init; }

    /// <summary>The subnets of node pools with another security group than the spec's subnet; empty text for AKS's network.</summary>
    public IReadOnlyList<string> Unguarded { get; init; } = [];

    /// <summary>The marks in the cluster's status of what MeshPort made.</summary>
    public IReadOnlyList<string> Made { get; init; } = [];

    /// <param name="status">The stored status of the cluster.</param>
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<ManagedClusterSnapshot> ObserveAsync(
        ArmClient arm,
        ClusterConnections connections,
        ClusterId cluster,
        ClusterSpec spec,
        ResourceStatus status,
        ManagedClusterMemo memo,
        CancellationToken cancellationToken
    )
    {
        if (!spec.Connection.IsAks)
        {
            return new ManagedClusterSnapshot(null as JsonObject);
        }

        var egress = connections.Egress;
        var resource = ManagedClusterResource.Of(arm, cluster);
        if (await resource.GetIfExistsAsync(cancellationToken) is not { } observed)
        {
            var (principal, role) = await FutureRoleAsync(arm, cluster, spec, cancellationToken);
            return new ManagedClusterSnapshot(null as JsonObject)
            {
                Egress = egress,
                Made = status.Made,
                Principal = principal,
                Role = role,
                Revisions =
                    spec.Mesh.Revision is null && spec.KubernetesVersion is not null
                        ? await RevisionsAsync(arm, cluster, spec, cancellationToken)
                        : null,
            };
        }

        return new ManagedClusterSnapshot(observed)
        {
            Egress = egress,
            HasServed = status.HasServed,
            Made = status.Made,
            Maintenance = MaintenancePlan.IsNeeded(spec, status.Made) ? await resource.GetMaintenanceAsync(cancellationToken) : null,
            Role = memo.SubnetIsOpen ? RoleState.NotRead : await RoleAsync(arm, cluster, spec, observed, cancellationToken),
            Unguarded = await NodeSubnets.FindUnguardedAsync(
                arm,
                cluster,
                spec,
                observed,
                SubnetSecurityGroup.Find(status),
                cancellationToken
            ),
            LacksGatewayApi = await GatewayDefinitions.AreMissingAsync(connections, cluster, observed, spec, cancellationToken),
            Failure =
                (ManagedClusterPlan.HasFailed(observed) || NodePoolPlan.HasFailed(observed)) && memo.OperationUrl is { } url
                    ? await resource.FindOperationErrorAsync(url, cancellationToken)
                    : null,
        };
    }

    /// <returns>Null while the provider is not registered, which only a dry run meets.</returns>
    private static async Task<JsonArray?> RevisionsAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await MeshRevisionProfileResource.Of(arm, cluster.SubscriptionId, spec.Location).GetRevisionsAsync(cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == "MissingSubscriptionRegistration")
        {
            return null;
        }
    }

    private static async Task<RoleState> RoleAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        JsonObject observed,
        CancellationToken cancellationToken
    )
    {
        if (spec.Network is not { } network || !Ownership.IsOurs(observed) || NetworkRole.PrincipalOf(observed) is not { } principal)
        {
            return RoleState.NotRead;
        }

        return await RoleAsync(arm, cluster, network, principal, cancellationToken);
    }

    /// <summary>The role of an identity that exists before its cluster.</summary>
    private static async Task<(Guid? Principal, RoleState Role)> FutureRoleAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (spec.Network is not { } network || spec.UserAssignedIdentity is not { } id)
        {
            return (null, RoleState.NotRead);
        }

        try
        {
            var identity = await new ArmJsonResource(arm, new ResourceIdentifier(id), ApiVersions.Identities).GetIfExistsAsync(
                cancellationToken
            );
            return Guid.TryParse(identity?["properties"]?["principalId"]?.GetValue<string>(), out var principal)
                ? (principal, await RoleAsync(arm, cluster, network, principal, cancellationToken))
                : (null, RoleState.NotRead); // Azure refuses the cluster, and says why
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return (null, RoleState.NotRead); // the role follows when the cluster shows its identity
        }
    }

    private static Task<RoleState> RoleAsync(
        ArmClient arm,
        ClusterId cluster,
        NetworkSpec network,
        Guid principal,
        CancellationToken cancellationToken
    ) => new RoleAssignments(arm, NetworkIds.Subnet(cluster, network)).FindAsync(principal, cancellationToken);
}

/// <summary>The memory from one look of a convergence to the next.</summary>
/// <param name="Writes">PUTs of this convergence; bounded.</param>
/// <param name="OperationUrl">
/// Of the last of them. MeshPort reads it only for why it failed: reading the cluster costs less of Azure's budget, which has one bucket
/// for each cluster.
/// </param>
/// <param name="SubnetIsOpen">The cluster's identity has its role; read once in each convergence.</param>
internal sealed record ManagedClusterMemo(int Writes, Uri? OperationUrl, bool SubnetIsOpen = false)
{
    public static readonly ManagedClusterMemo None = new(0, null);

    /// <summary>The name of a node pool for each write of this convergence to it; bounded. Null before the first.</summary>
    public IReadOnlyList<string>? Pools { get; init; }

    public int WritesTo(string pool) => Pools?.Count(name => name == pool) ?? 0;

    /// <summary>After a write to a node pool.</summary>
    public ManagedClusterMemo With(string pool) => this with { Pools = [.. Pools ?? [], pool], OperationUrl = null };
}
