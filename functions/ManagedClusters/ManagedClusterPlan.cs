using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The plan for a managed cluster, pure. A new cluster gets its mesh and gateways in the same PUT. The plan follows from the snapshot and
/// not from memory, so a convergence continues after a crash.
/// <code>
/// observed                      writes so far   change                     reported
/// not AKS                       -               -                          True   NothingToDo
/// absent, no revision fits      -               -                          False  NoCompatibleRevision
/// absent, the name of the node  -               -                          False  AzureRefused
/// group is too long
/// absent                        -               PUT, If-None-Match: *      wait   ClusterCreating
/// stopped                       -               -                          False  ClusterStopped
/// another mesh is enabled       -               -                          False  ClusterDiffers, with the command
/// Succeeded, fits               -               of ClusterChildren         True   AsDesired, or theirs
/// Succeeded, differs in fixed   -               of ClusterChildren         False  ClusterDiffers, or theirs
/// fields only
/// Succeeded, differs            0, 1            PUT, If-Match              wait   ClusterUpdating
/// Succeeded, differs            2               -                          False  ClusterDiffers
/// Failed, Canceled, and an      0               -                          False  ClusterFailed, with advice
/// operation is halted
/// (HaltedOperations)
/// Failed, Canceled              0               PUT, If-Match: the same    wait   ClusterUpdating
///                                               again is how AKS recovers
/// Failed, Canceled              1, 2            -                          False  the operation's error
/// any other state               -               -                          wait   ClusterCreating, ClusterUpdating
/// </code>
/// In every row with a cluster that MeshPort made, <see cref="SubnetRolePlan"/> adds the role of its identity. Every report also says what
/// keeps MeshPort from the API server (<see cref="ApiServerAccess"/>). MeshPort does not change fixed fields
/// (<see cref="ImmutableFields"/>), and brings the other fields in line. The report says whether the cluster serves, so that a difference
/// or a failed operation stops no port:
/// <code>
/// mesh enabled   power, state                                MeshPort has observed its mesh   serves
/// no             any                                         -                                no
/// yes            Stopped, Starting, Stopping, Creating,      -                                no
///                Deleting
/// yes            Succeeded                                   -                                yes
/// yes            Failed, Canceled, Upgrading and any other   yes                              yes
/// yes            Failed, Canceled, Upgrading and any other   no                               no
/// </code>
/// </summary>
internal static class ManagedClusterPlan
{
    private const int MaxWrites = 2;

    public static StepPlan<ArmChange> Of(ClusterId cluster, ClusterSpec spec, ManagedClusterSnapshot snapshot, ManagedClusterMemo memo)
    {
        if (!spec.Connection.IsAks)
        {
            return StepPlan<ArmChange>.Nothing(
                Observation.True(Reasons.NothingToDo, $"The cluster is reached by {spec.Connection}; it is not Azure's to make.")
            );
        }

        var obstacle = ApiServerAccess.Obstacle(spec.Access, snapshot.Egress, isNew: !ManagedClusterBody.HasApiServer(snapshot.Cluster));
        var id = ManagedClusterResource.IdOf(cluster);
        IReadOnlyList<PlannedChange> notices =
        [
            .. (obstacle ?? ApiServerAccess.Unknown(spec.Access, snapshot.Egress)) is { } access
                ? [PlannedChange.None($"API server of {id}", access)]
                : Array.Empty<PlannedChange>(),
            .. OutboundTypes.Notice(spec) is { } egress ? [PlannedChange.None($"Way out of {id}", egress)] : Array.Empty<PlannedChange>(),
        ];
        if (snapshot.Cluster is not { } observed)
        {
            var creation = Create(cluster, spec, snapshot, memo, obstacle);
            return creation with { DryRun = [.. creation.DryRun, .. ClusterChildren.Of(cluster, spec, snapshot, memo).DryRun, .. notices] };
        }

        var role = SubnetRolePlan.Of(cluster, spec, observed, snapshot.Role);
        var next = memo with
        {
            // Another identity has no role yet.
            SubnetIsOpen =
                (memo.SubnetIsOpen || snapshot.Role == RoleState.Given || role.Change is not null) && ClusterIdentity.Fits(observed, spec),
        };
        var plan = Advance(cluster, spec, snapshot, observed, next);
        var serves = Serves(snapshot);
        var children = ClusterChildren.Of(cluster, spec, snapshot, next);
        var isSettled = plan.Changes.Count == 0 && State(observed) == "Succeeded" && !IsStopped(observed);
        var writes = plan.Changes.Concat(isSettled ? children.Changes : []);
        return new(
            [
                .. role.Change is { } change ? [change] : Array.Empty<ArmChange>(),
                .. writes.Select(write => write with { Then = write.Then is { } then ? Warn(then) : null }),
            ],
            Warn((isSettled ? children.Result : null) ?? plan.Result),
            [.. plan.DryRun, .. children.DryRun, .. role.DryRun is { } told ? [told] : Array.Empty<PlannedChange>(), .. notices]
        );

        StepResult Warn(StepResult result)
        {
            var warned = Warned(result, [.. new[] { role.Warning, obstacle }.OfType<string>()]);
            return warned.Observation.Status == ConditionStatus.True ? warned : warned with { Serves = serves };
        }
    }

    /// <summary>Whether the cluster runs and its mesh is enabled, so that its ports can be served whatever else differs.</summary>
    public static bool Serves(ManagedClusterSnapshot snapshot) =>
        snapshot.Cluster is { } observed
        && !IsStopped(observed)
        && MeshConflict.HasMesh(observed)
        && State(observed) switch
        {
            "Succeeded" => true,
            "Creating" or "Deleting" or "Starting" or "Stopping" => false,
            _ => snapshot.HasServed,
        };

    /// <summary>A report with what a person should know beside it.</summary>
    public static StepResult Warned(StepResult result, IReadOnlyList<string> warnings) =>
        result with
        {
            Observation = result.Observation with { Message = string.Join(" ", [result.Observation.Message, .. warnings]) },
        };

    public static bool HasFailed(JsonObject observed) => State(observed) is "Failed" or "Canceled";

    public static string? State(JsonObject observed) => observed["properties"]?["provisioningState"]?.GetValue<string>();

    private static StepPlan<ArmChange> Create(
        ClusterId cluster,
        ClusterSpec spec,
        ManagedClusterSnapshot snapshot,
        ManagedClusterMemo memo,
        string? obstacle
    )
    {
        var id = ManagedClusterResource.IdOf(cluster).ToString();
        var revision =
            snapshot.Revisions is { } offered && spec.KubernetesVersion is { } version
                ? MeshRevisions.Newest(offered, version)
                : spec.Mesh.Revision;
        if (snapshot.Revisions is not null && revision is null)
        {
            var none =
                $"No mesh revision in {spec.Location} is compatible with Kubernetes {spec.KubernetesVersion}; choose another version.";
            return StepPlan<ArmChange>.Nothing(Observation.False(Reasons.NoCompatibleRevision, none), PlannedChange.None(id, none));
        }

        if (NodeResourceGroup.Obstacle(cluster, spec) is { } tooLong)
        {
            return StepPlan<ArmChange>.Nothing(Observation.False(Reasons.AzureRefused, tooLong), PlannedChange.None(id, tooLong));
        }

        var subnet = spec.Network is { } network ? NetworkIds.Subnet(cluster, network).ToString() : null;
        var role = SubnetRolePlan.OfNewCluster(cluster, spec, snapshot.Principal, snapshot.Role);
        var next = memo with { SubnetIsOpen = snapshot.Role == RoleState.Given || role.Change is not null };
        var creating = Warned(
            StepResult.AskAgain(Reasons.ClusterCreating, "The cluster is being created.", memo: After(next)),
            [.. new[] { role.Warning, obstacle }.OfType<string>()]
        );
        var change = ArmChange.Create(
            id,
            ApiVersions.ManagedClusters,
            "The cluster does not exist; mesh and gateways are created with it.",
            ManagedClusterBody.Create(cluster, spec, subnet, revision)
        ) with
        {
            MustBeNew = true,
            Repair = Repair(cluster, "It was gone."),
            Then = creating,
        };
        return new(
            [.. role.Change is { } given ? [given] : Array.Empty<ArmChange>(), change],
            creating,
            [change.DryRun, .. role.DryRun is { } told ? [told] : Array.Empty<PlannedChange>()]
        );
    }

    private static StepPlan<ArmChange> Advance(
        ClusterId cluster,
        ClusterSpec spec,
        ManagedClusterSnapshot snapshot,
        JsonObject observed,
        ManagedClusterMemo memo
    )
    {
        var id = ManagedClusterResource.IdOf(cluster).ToString();
        var properties = observed["properties"];
        if (IsStopped(observed))
        {
            return Stop(Reasons.ClusterStopped, "The cluster is stopped; start it (az aks start), MeshPort does not.");
        }

        if (MeshConflict.Find(cluster, observed) is { } conflict)
        {
            return Stop(Reasons.ClusterDiffers, conflict);
        }

        var difference = Join(ImmutableFields.Difference(observed, spec), NodeSubnets.Difference(cluster, spec, snapshot));
        var body = ManagedClusterBody.Update(observed, spec, snapshot.LacksGatewayApi);
        var told = PlannedChange.Update(id, "The cluster differs from the spec.", observed, body ?? observed);
        var plan = State(observed) switch
        {
            "Succeeded" when body is null && difference is not null => Stop(Reasons.ClusterDiffers, difference),
            "Succeeded" when body is null => StepPlan<ArmChange>.Nothing(
                Observation.True(
                    Reasons.AsDesired,
                    $"Kubernetes {properties?["currentKubernetesVersion"] ?? properties?["kubernetesVersion"]} runs, the mesh is enabled."
                ),
                told
            ),
            "Succeeded" when memo.Writes < MaxWrites => Write(cluster, observed, body, memo, told),
            "Succeeded" => Stop(
                Reasons.ClusterDiffers,
                "Azure accepted the change and the cluster still differs; somebody else may be writing it."
            ),
            "Failed"
            or "Canceled" when memo.OperationUrl is null && HaltedOperations.OfCluster(observed, snapshot.HasServed, memo) is { } halted =>
                Stop(Reasons.ClusterFailed, halted),
            "Failed" or "Canceled" when memo is { Writes: < MaxWrites, OperationUrl: null } => Write(
                cluster,
                observed,
                body ?? observed,
                memo,
                told with
                {
                    Action = PlannedAction.Update,
                    Why = "An earlier attempt failed; the cluster is written again.",
                }
            ),
            "Failed" or "Canceled" => StepPlan<ArmChange>.Nothing(Failure(snapshot.Failure), told),
            var state => StepPlan<ArmChange>.Nothing(
                StepResult.AskAgain(
                    state == "Creating" ? Reasons.ClusterCreating : Reasons.ClusterUpdating,
                    $"The cluster is {state}.",
                    memo: MeshPortJson.Write(memo)
                ),
                told
            ),
        };

        return body is not null && difference is not null
            ? plan with
            {
                DryRun = [.. plan.DryRun, PlannedChange.None(id, difference)],
            }
            : plan;

        StepPlan<ArmChange> Stop(string reason, string message) =>
            StepPlan<ArmChange>.Nothing(Observation.False(reason, message), PlannedChange.None(id, message));
    }

    private static string? Join(params IEnumerable<string?> differences) =>
        string.Join(" ", differences.OfType<string>()) is { Length: > 0 } all ? all : null;

    private static bool IsStopped(JsonObject observed) => observed["properties"]?["powerState"]?["code"]?.GetValue<string>() == "Stopped";

    private static StepPlan<ArmChange> Write(
        ClusterId cluster,
        JsonObject observed,
        JsonObject body,
        ManagedClusterMemo memo,
        PlannedChange told
    )
    {
        var updating = StepResult.AskAgain(Reasons.ClusterUpdating, "The cluster is being updated.", memo: After(memo));
        var id = ManagedClusterResource.IdOf(cluster).ToString();
        var change = new ArmChange(ArmVerb.Put, id, ApiVersions.ManagedClusters, body, told)
        {
            IfMatch = observed["eTag"]?.GetValue<string>(),
            Repair = Repair(cluster, "It differed from what is desired."),
            Then = updating,
        };
        return new([change], updating, [told]);
    }

    private static Observation Failure(ArmError? error) =>
        error is null
            ? Observation.False(
                Reasons.ClusterFailed,
                "Azure reports the cluster as failed. Look at its activity log, and correct the spec. MeshPort writes the cluster again."
            )
            : ArmRefusals.OfOperation(error)
                ?? Observation.False(
                    Reasons.ClusterFailed,
                    $"{error.Code}: {error.Message} Correct the spec. MeshPort writes the cluster again."
                );

    private static ArmRepair Repair(ClusterId cluster, string why) =>
        new(ConditionTypes.ClusterReady, $"ManagedCluster {cluster.Name}", why);

    /// <summary>The activity adds the operation's address when Azure has accepted the write.</summary>
    private static string After(ManagedClusterMemo memo) => MeshPortJson.Write(memo with { Writes = memo.Writes + 1, OperationUrl = null });
}
