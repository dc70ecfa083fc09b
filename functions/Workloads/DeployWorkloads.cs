using System.Text.Json.Nodes;
using MeshPort.Convergence;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Workloads;

/// <summary>Makes the Deployments and Services of the exposures that ask for a workload, and waits until their pods are ready.</summary>
internal sealed class DeployWorkloads(ClusterConnections connections, ExposureStore exposures, StatusStore log)
{
    [Function(nameof(DeployWorkloads))]
    public async Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            question.Cluster,
            (await log.FindDesireAsync(question.Cluster, cancellationToken))?.Cluster.Spec.Connection ?? Connection.Aks,
            api => ReachAsync(api, question, cancellationToken),
            cancellationToken
        );

    private async Task<StepResult> ReachAsync(KubernetesApi api, StepInput question, CancellationToken cancellationToken)
    {
        var round = await ExposurePass.StartAsync(exposures, log, question, ConditionTypes.WorkloadReady, cancellationToken);
        var desired = round.All.SelectMany(DesiredObjects.Workload).ToList();
        var observed = await ObservedObjects.ReadAsync(
            api,
            log,
            question.Cluster,
            [ObjectKind.Deployment, ObjectKind.Service],
            desired,
            cancellationToken
        );
        var changes = ObjectPlan.Make(desired, observed, round.Names).Where(change => round.Takes(change.Exposure)).ToList();
        var refused = await ApplyChanges.RunAsync(api, changes, cancellationToken);
        var changed = changes.Select(change => change.Exposure).ToHashSet();
        foreach (var exposure in round.Active)
        {
            round.Report(
                exposure.Name,
                refused.TryGetValue(exposure.Name, out var refusal) ? StepResult.Done(refusal)
                    : ExposurePass.Terminates(exposure, desired, observed) is { } waits ? StepResult.AskAgain(Reasons.Pending, waits)
                    : await JudgeAsync(api, exposure, observed, changed.Contains(exposure.Name), cancellationToken)
            );
        }

        return await round.FinishAsync(
            cancellationToken,
            round.Left(observed),
            (exposure, status) => Repairs.Tell(exposure, status, ConditionTypes.WorkloadReady, changes, log.Now)
        );
    }

    private static async Task<StepResult> JudgeAsync(
        KubernetesApi api,
        NamedExposure exposure,
        Dictionary<ObjectRef, JsonObject> observed,
        bool changed,
        CancellationToken cancellationToken
    )
    {
        if (exposure.Spec.Workload is not { } workload)
        {
            return StepResult.Done(Observation.True(Reasons.NothingToDo, "No workload is asked for."));
        }

        var backend = exposure.Spec.Backends[0];
        var target = new ObjectRef(ObjectKind.Deployment, backend.Namespace, backend.Service);
        var ready = changed || !observed.TryGetValue(target, out var deployment) ? 0 : ReadyReplicas(deployment);
        if (ready >= workload.Replicas)
        {
            return StepResult.Done(Observation.True(Reasons.AsDesired, $"{ready} of {workload.Replicas} pods are ready."));
        }

        var exception = await api.FindPodErrorAsync(backend.Namespace, DesiredObjects.PodSelector(backend.Service), cancellationToken);
        return exception is null
            ? StepResult.AskAgain(Reasons.WorkloadStarting, $"{ready} of {workload.Replicas} pods are ready.")
            : StepResult.AskAgain(Reasons.WorkloadFailed, $"The pods do not start: {exception} Check the image and its arguments.");
    }

    /// <summary>0 while the Deployment's controller has not seen the newest spec.</summary>
    private static int ReadyReplicas(JsonObject deployment) =>
        (deployment["status"]?["observedGeneration"]?.GetValue<long>() ?? 0)
        >= (deployment["metadata"]?["generation"]?.GetValue<long>() ?? 0)
            ? deployment["status"]?["readyReplicas"]?.GetValue<int>() ?? 0
            : 0;
}
