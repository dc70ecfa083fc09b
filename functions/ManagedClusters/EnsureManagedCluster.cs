using System.Text.Json.Nodes;
using Azure;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.ManagedClusters;

/// <summary>
/// Makes the cluster, with mesh and gateways, in one PUT that must be the first (<c>If-None-Match: *</c>); writes one that exists only where it differs and only
/// if nobody wrote meanwhile (<c>If-Match</c>); waits while Azure works. What it sees, not what it remembers, decides: asked again after a crash, it goes on.
/// </summary>
internal sealed class EnsureManagedCluster(
    ArmClient arm,
    ClusterStore clusters,
    SubnetRoleAssignment subnets,
    GatewayDefinitions definitions,
    StatusStore log
)
{
    private const int MaxWrites = 2;

    [Function(nameof(EnsureManagedCluster))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(question, cancellationToken) is not { } spec)
                {
                    return StepResult.Done(
                        Observation.Unknown(Reasons.Blocked, "The spec has changed meanwhile; the next convergence works from the new one.")
                    );
                }

                if (!spec.Connection.IsAks)
                {
                    return StepResult.Done(
                        Observation.True(Reasons.NothingToDo, $"The cluster is reached by {spec.Connection}; it is not Azure's to make.")
                    );
                }

                var before = question.Memo is null ? new Memo(0, null) : MeshPortJson.Read<Memo>(question.Memo);
                var resource = ManagedClusterResource.Of(arm, question.Cluster);
                var observed = await resource.GetIfExistsAsync(cancellationToken);
                var (memo, warning) = await OpenSubnetAsync(question, spec, observed, before, cancellationToken);
                var report = observed is null
                    ? await CreateAsync(resource, question.Cluster, spec, memo, cancellationToken)
                    : await AdvanceAsync(
                        resource,
                        observed,
                        spec,
                        await definitions.AreMissingAsync(question.Cluster, observed, spec, cancellationToken),
                        memo,
                        cancellationToken
                    );
                if (report is { Wait: true, Memo: { } after } && MeshPortJson.Read<Memo>(after).Writes > memo.Writes)
                {
                    await log.RecordClusterAsync(
                        question.Cluster,
                        (status, now) =>
                            status.Repaired(
                                ConditionTypes.ClusterReady,
                                question.Generation,
                                $"ManagedCluster {question.Cluster.Name}",
                                observed is null ? "It was gone." : "It differed from what is desired.",
                                now
                            ),
                        cancellationToken
                    );
                }

                return warning is null
                    ? report
                    : report with
                    {
                        Observation = report.Observation with { Message = $"{report.Observation.Message} {warning}" },
                    };
            },
            cancellationToken
        );

    /// <summary>As soon as Azure tells who the cluster is, while it is still being made: a role takes minutes to work.</summary>
    private async Task<(Memo Memo, string? Warning)> OpenSubnetAsync(
        StepInput question,
        ClusterSpec spec,
        JsonObject? observed,
        Memo memo,
        CancellationToken cancellationToken
    )
    {
        if (memo.SubnetIsOpen || observed is null || spec.Network is not { } network)
        {
            return (memo, null);
        }

        var warning = await subnets.GiveAsync(question, network, observed, cancellationToken);
        return (memo with { SubnetIsOpen = warning is null && SubnetRole.PrincipalOf(observed) is not null }, warning);
    }

    private async Task<StepResult> CreateAsync(
        ManagedClusterResource resource,
        ClusterId cluster,
        ClusterSpec spec,
        Memo memo,
        CancellationToken cancellationToken
    )
    {
        var (body, exception) = await NewManagedCluster.BodyAsync(arm, cluster, spec, cancellationToken);
        if (body is null)
        {
            return StepResult.Done(Observation.False(Reasons.NoCompatibleRevision, exception ?? ""));
        }

        var accepted = await resource.PutAsync(body, new MatchConditions { IfNoneMatch = ETag.All }, cancellationToken);
        return Working(Reasons.ClusterCreating, "The cluster is being created.", accepted, memo);
    }

    private static async Task<StepResult> AdvanceAsync(
        ManagedClusterResource resource,
        JsonObject observed,
        ClusterSpec spec,
        bool lacksGatewayApi,
        Memo memo,
        CancellationToken cancellationToken
    )
    {
        var properties = observed["properties"];
        if (properties?["powerState"]?["code"]?.GetValue<string>() == "Stopped")
        {
            return StepResult.Done(
                Observation.False(Reasons.ClusterStopped, "The cluster is stopped; start it (az aks start), MeshPort does not.")
            );
        }

        if (ManagedClusterBody.ImmutableDifference(observed, spec) is { } misfit)
        {
            return StepResult.Done(Observation.False(Reasons.ClusterDiffers, misfit));
        }

        switch (properties?["provisioningState"]?.GetValue<string>())
        {
            case "Succeeded" when ManagedClusterBody.Update(observed, spec, lacksGatewayApi) is { } body:
                return await WriteAsync(resource, observed, body, memo, cancellationToken);
            case "Succeeded":
                return StepResult.Done(
                    Observation.True(
                        Reasons.AsDesired,
                        $"Kubernetes {properties["currentKubernetesVersion"] ?? properties["kubernetesVersion"]} runs, the mesh is enabled."
                    )
                );
            case "Failed" or "Canceled" when memo.Writes < MaxWrites && memo.OperationUrl is null:
                // An earlier attempt failed: writing the same again is how AKS recovers.
                return await WriteAsync(resource, observed, ManagedClusterBody.Update(observed, spec) ?? observed, memo, cancellationToken);
            case "Failed" or "Canceled":
                return await ExplainAsync(resource, memo, cancellationToken);
            case var state:
                return StepResult.AskAgain(
                    state == "Creating" ? Reasons.ClusterCreating : Reasons.ClusterUpdating,
                    $"The cluster is {state}.",
                    memo: MeshPortJson.Write(memo)
                );
        }
    }

    private static async Task<StepResult> WriteAsync(
        ManagedClusterResource resource,
        JsonObject observed,
        JsonObject body,
        Memo memo,
        CancellationToken cancellationToken
    )
    {
        if (memo.Writes >= MaxWrites)
        {
            return StepResult.Done(
                Observation.False(
                    Reasons.ClusterDiffers,
                    "Azure accepted the change and the cluster still differs; somebody else may be writing it."
                )
            );
        }

        var etag = observed["eTag"]?.GetValue<string>();
        var accepted = await resource.PutAsync(
            body,
            etag is null ? null : new MatchConditions { IfMatch = new ETag(etag) },
            cancellationToken
        );
        return Working(Reasons.ClusterUpdating, "The cluster is being updated.", accepted, memo);
    }

    private static async Task<StepResult> ExplainAsync(ManagedClusterResource resource, Memo memo, CancellationToken cancellationToken)
    {
        var error = memo.OperationUrl is { } url ? await resource.FindOperationErrorAsync(url, cancellationToken) : null;
        return StepResult.Done(
            error switch
            {
                not null when ArmErrors.Meaning(error.Code, $"{error.Code}: {error.Message}") is { } meaning => meaning,
                not null => Observation.False(
                    Reasons.ClusterFailed,
                    $"{error.Code}: {error.Message} Correct the spec, or delete the cluster."
                ),
                null => Observation.False(
                    Reasons.ClusterFailed,
                    "Azure reports the cluster as failed; look at its activity log, correct the spec, or delete the cluster."
                ),
            }
        );
    }

    private static StepResult Working(string reason, string message, ArmAccepted accepted, Memo memo) =>
        StepResult.AskAgain(
            reason,
            message,
            accepted.RetryAfter,
            MeshPortJson.Write(memo with { Writes = memo.Writes + 1, OperationUrl = accepted.OperationUrl })
        );

    /// <param name="Writes">PUTs of this convergence; bounded.</param>
    /// <param name="OperationUrl">Of the last of them: asked only for why it failed, since reading the cluster costs less of Azure's budget (one bucket a cluster, not one a subscription).</param>
    /// <param name="SubnetIsOpen">The cluster's identity has its role; asked once in each convergence.</param>
    private sealed record Memo(int Writes, Uri? OperationUrl, bool SubnetIsOpen = false);
}
