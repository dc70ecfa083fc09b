using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Discovery;

/// <summary>
/// Turns annotations of Services into requests for exposures, and answers the Services (ADR 18). The Services are those that a pass has
/// read, so only a selector of namespaces costs another request. The next pass opens and closes what was requested.
/// </summary>
internal sealed class ServiceDiscovery(
    ClusterConnections connections,
    ExposureRequests requests,
    StatusStore statuses,
    Installation installation
)
{
    private static readonly Requester By = new(RequestTrigger.Service, null, null);

    private static readonly Observation NotListed = Observation.Unknown(
        Reasons.AccessDenied,
        "MeshPort may list Services in single namespaces only, so it cannot select namespaces by labels. "
            + "Write discover.namespaces instead of namespaceSelector, or allow MeshPort to list Services in all namespaces."
    );

    /// <param name="exposures">All exposures of the cluster, with what the pass has observed.</param>
    /// <param name="objects">The objects that the pass has read; null when it could not.</param>
    /// <param name="fault">Why it could not.</param>
    /// <returns>Whether another pass is needed.</returns>
    public async Task<bool> RunAsync(
        ClusterId id,
        Resource<ClusterSpec> cluster,
        IReadOnlyList<Resource<ExposureSpec>> exposures,
        ClusterObjects? objects,
        Observation? fault,
        CancellationToken cancellationToken
    )
    {
        if (cluster.Spec.Discover is null && cluster.Status.Find(ConditionTypes.ServicesDiscovered) is null)
        {
            return false;
        }

        var (needsPass, isCleared) = (false, false);
        var observation = fault ?? Observation.Unknown(Reasons.Pending, "The Services of the cluster were not read.");
        if (objects is not null)
        {
            var result = await KubernetesErrors.ClassifyErrorsAsync(
                connections,
                id,
                cluster.Spec.Connection,
                async api =>
                {
                    if (cluster.Spec.Discover?.NamespaceSelector is not null && !objects.HasAllServices)
                    {
                        return StepResult.Done(NotListed);
                    }

                    var plan = DiscoveryPlan.Of(
                        cluster.Spec,
                        await NamespacesAsync(api, cluster.Spec.Discover, cancellationToken),
                        objects.Services.Values,
                        exposures
                    );
                    var stored =
                        plan.Changes.Count == 0
                            ? new ExposuresResult(null, null, [])
                            : await requests.ChangeAsync(id, plan.Changes, partial: true, By, cancellationToken);
                    var outcome = DiscoveryOutcome.Of(plan, stored.Items, exposures);
                    needsPass = stored.OperationId is not null || outcome.Waits;
                    var (answered, left) = await AnswerAsync(api, id, outcome, objects, exposures, cancellationToken);
                    isCleared = left.Count == 0;
                    return StepResult.Done(answered);
                },
                cancellationToken
            );
            observation = result.Observation;
        }

        var isOver = cluster.Spec.Discover is null && isCleared && exposures.All(exposure => exposure.Metadata.Owner is null);
        return await RecordAsync(id, cluster, isOver ? null : observation, cancellationToken) || needsPass;
    }

    /// <summary>The requests of a pass with a spec of the cluster, for a dry run.</summary>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public async Task<DiscoveryPreview> PreviewAsync(
        KubernetesApi api,
        ClusterId id,
        ClusterSpec spec,
        IReadOnlyList<Resource<ExposureSpec>> exposures,
        CancellationToken cancellationToken
    )
    {
        if (spec.Discover is null && exposures.All(exposure => exposure.Metadata.Owner is null))
        {
            return DiscoveryPreview.None;
        }

        var namespaces = await NamespacesAsync(api, spec.Discover, cancellationToken);
        var services = spec.Discover is null ? [] : await api.ListAsync(ObjectKind.Service, null, [.. namespaces], cancellationToken);
        if (spec.Discover?.NamespaceSelector is not null && !api.ListsAll(ObjectKind.Service))
        {
            return DiscoveryPreview.None with { Unknown = NotListed };
        }

        var plan = DiscoveryPlan.Of(spec, namespaces, services, exposures);
        var stored = plan.Changes.Count == 0 ? [] : (await requests.PreviewAsync(id, plan.Changes, partial: true, cancellationToken)).Items;
        return new DiscoveryPreview(
            [.. stored.Where(item => item.Result.IsChange)],
            [
                .. DiscoveryOutcome
                    .Of(plan, stored, exposures)
                    .Answers.SelectMany(answer =>
                        answer.Lines.Where(line => line.State == AnswerState.Refused).Select(line => (answer.Service.Owner, line))
                    ),
            ]
        );
    }

    /// <summary>Removes the answers from the Services of a cluster that MeshPort leaves.</summary>
    /// <returns>Null when none is left. An answer stays where a policy of the cluster forbids to remove it.</returns>
    public async Task<StepResult?> ClearAsync(
        ClusterId id,
        Resource<ClusterSpec> cluster,
        ClusterObjects objects,
        CancellationToken cancellationToken
    )
    {
        if (cluster.Status.Find(ConditionTypes.ServicesDiscovered) is null)
        {
            return null;
        }

        var result = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            id,
            cluster.Spec.Connection,
            async api =>
            {
                var (answered, left) = await AnswerAsync(api, id, new DiscoveryOutcome([], false), objects, [], cancellationToken);
                return left.Contains(Reasons.Pending)
                    ? StepResult.AskAgain(Reasons.Pending, "MeshPort removes its answers from Services.")
                    : StepResult.Done(answered);
            },
            cancellationToken
        );
        return result.Observation.Status == ConditionStatus.True ? null : result;
    }

    private static async Task<IReadOnlySet<string>> NamespacesAsync(
        KubernetesApi api,
        DiscoverSpec? spec,
        CancellationToken cancellationToken
    ) =>
        spec?.NamespaceSelector is { } labels
            ? await api.ListNamespacesAsync(string.Join(',', labels.Select(label => $"{label.Key}={label.Value}")), cancellationToken)
            : (spec?.Namespaces ?? []).ToHashSet(StringComparer.Ordinal);

    /// <returns>The observation, and the reasons why Services keep answers that they should not have any more.</returns>
    private async Task<(Observation Observation, IReadOnlyList<string> Left)> AnswerAsync(
        KubernetesApi api,
        ClusterId id,
        DiscoveryOutcome outcome,
        ClusterObjects objects,
        IReadOnlyList<Resource<ExposureSpec>> exposures,
        CancellationToken cancellationToken
    )
    {
        var owners = exposures.Select(exposure => exposure.Metadata.Owner).OfType<ServiceOwner>().ToHashSet();
        var asking = outcome.Answers.Select(answer => answer.Service.Owner).ToHashSet();
        var answers = new ServiceAnswers(api, await installation.MarkAsync(id, cancellationToken), statuses.Now);
        var failed = await answers.WriteAsync(
            [
                .. outcome
                    // Another installation may serve a Service outside that has an answer.
                    .Answers.Where(answer =>
                        !answer.Service.IsOutside
                        || owners.Contains(answer.Service.Owner)
                        || answer.Service.Found.Annotation(ServiceAnnotations.Status) is null
                    )
                    .Select(answer => (answer.Service.Found, (IReadOnlyList<AnswerLine>?)answer.Lines)),
                .. objects
                    .Services.Where(service => !asking.Contains(new ServiceOwner(service.Key.Namespace, service.Key.Name)))
                    .Select(service => (service.Value, (IReadOnlyList<AnswerLine>?)null)),
            ],
            cancellationToken
        );
        // The owner of a Service can have a policy refuse an answer. Only a missing right is the operator's to repair.
        var denied = failed
            .Where(one => one.Value.Reason == Reasons.AccessDenied && (!asking.Contains(one.Key) || outcome.Answers.Any(Serves(one.Key))))
            .OrderBy(one => one.Key.ToString(), StringComparer.Ordinal)
            .Select(one => one.Value with { Message = $"{Tell(one.Key)} {one.Value.Message}" })
            .FirstOrDefault();
        return (denied ?? outcome.Observation, [.. failed.Where(one => !asking.Contains(one.Key)).Select(one => one.Value.Reason)]);

        string Tell(ServiceOwner service) =>
            asking.Contains(service) ? $"{service} gets no answer." : $"{service} keeps an answer of MeshPort that is out of date.";

        static Func<(AskingService Service, IReadOnlyList<AnswerLine> Lines), bool> Serves(ServiceOwner owner) =>
            answer => answer.Service.Owner == owner && !answer.Service.IsOutside;
    }

    /// <param name="observation">Null removes the condition.</param>
    /// <returns>Whether the status has changed.</returns>
    private async Task<bool> RecordAsync(
        ClusterId id,
        Resource<ClusterSpec> cluster,
        Observation? observation,
        CancellationToken cancellationToken
    )
    {
        ResourceStatus Record(ResourceStatus status, DateTimeOffset now) =>
            observation is not null
                ? status.With(ConditionTypes.ServicesDiscovered, observation, cluster.Metadata.Generation, now)
                : status with
                {
                    Conditions = [.. status.Conditions.Where(condition => condition.Type != ConditionTypes.ServicesDiscovered)],
                };

        if (Record(cluster.Status, statuses.Now) == cluster.Status)
        {
            return false;
        }

        await statuses.RecordClusterAsync(id, Record, cancellationToken);
        return true;
    }
}
