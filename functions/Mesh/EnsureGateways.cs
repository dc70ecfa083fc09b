using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Mesh;

/// <summary>
/// Waits until the Service of every gateway of the spec has its address, and notes the addresses in the cluster's status. Makes the public
/// IP addresses of the spec, and moves the add-on's Services to the addresses of the spec.
/// </summary>
internal sealed class EnsureGateways(ArmClient arm, ClusterConnections connections, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(EnsureGateways))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput input, CancellationToken cancellationToken) =>
        await clusters.GetAsync(input.Cluster, cancellationToken) is not { } known || known.Metadata.Generation != input.Generation
            ? StepResult.SpecChanged
            : await ArmErrors.ClassifyErrorsAsync(
                async () =>
                {
                    var addresses = input.Memo is { } memo
                        ? AddressPlan.None with
                        {
                            Chosen = MeshPortJson.Read<AddressMemo>(memo).Chosen,
                        }
                        : await PlanAddressesAsync(arm, input.Cluster, known.Spec, known.Status, cancellationToken);
                    var result = await KubernetesErrors.ClassifyErrorsAsync(
                        connections,
                        input.Cluster,
                        known.Spec.Connection,
                        api => ReachAsync(api, input, known, addresses, cancellationToken),
                        cancellationToken
                    );
                    return addresses.Chosen is { Count: > 0 } chosen
                        ? result with
                        {
                            Memo = MeshPortJson.Write(new AddressMemo(chosen)),
                        }
                        : result;
                },
                cancellationToken
            );

    /// <summary>Observes and plans the Azure resources behind the addresses of the spec; changes nothing.</summary>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    internal static async Task<AddressPlan> PlanAddressesAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        ResourceStatus status,
        CancellationToken cancellationToken
    )
    {
        var snapshot = await AddressSnapshot.ObserveAsync(arm, cluster, spec, status.Made, cancellationToken);
        return AddressPlan.Of(cluster, spec, status.Made, snapshot);
    }

    private async Task<StepResult> ReachAsync(
        KubernetesApi api,
        StepInput input,
        Resource<ClusterSpec> known,
        AddressPlan addresses,
        CancellationToken cancellationToken
    )
    {
        var spec = known.Spec;
        var snapshot = await GatewaysSnapshot.ObserveAsync(api, spec, addresses, cancellationToken);
        var plan = GatewaysPlan.Of(spec, snapshot, addresses, known.Status);
        var outcome = await ArmChanges.ApplyAsync(arm, plan.Steps, input.Generation, RecordAsync, cancellationToken);
        foreach (var write in plan.Writes)
        {
            await api.ApplyAsync(write.Target, write.Body, write.IsForced, Gateways.AddressAnnotations.Manager, cancellationToken);
            await RecordAsync(
                (status, now) =>
                    write
                        .Note(status)
                        .Repaired(
                            ConditionTypes.GatewayReady,
                            input.Generation,
                            $"{write.Target}",
                            "Somebody had changed the annotations about its address.",
                            now
                        )
            );
        }

        if (addresses.Chosen is { } chosen && plan.Steps.Result is { Wait: false, Observation.Status: ConditionStatus.True })
        {
            await RecordAsync((status, _) => GatewaysPlan.Note(status, spec, snapshot, chosen));
        }

        return outcome.Notes.Count == 0
            ? outcome.Result
            : outcome.Result with
            {
                Observation = outcome.Result.Observation with
                {
                    Message = string.Join(' ', [outcome.Result.Observation.Message, .. outcome.Notes]),
                },
            };

        Task RecordAsync(Func<ResourceStatus, DateTimeOffset, ResourceStatus> change) =>
            log.RecordClusterAsync(input.Cluster, change, cancellationToken);
    }
}

/// <summary>The memory from one look of a convergence to the next: Azure's resources are read once.</summary>
/// <param name="Chosen">The addresses of the spec that gateways can have now.</param>
internal sealed record AddressMemo(IReadOnlyList<ChosenAddress> Chosen);
