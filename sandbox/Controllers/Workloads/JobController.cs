using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Runs the pods of a Job until enough succeeded or too many failed (https://kubernetes.io/docs/concepts/workloads/controllers/job/). Not
/// simulated: pod failure and success policies, limits per index.
/// </summary>
internal sealed class JobController(ObjectStore store, ObjectWriter writer, PodFactory pods, EventRecorder events) : IController
{
    private const string Source = "job-controller";
    private const string Indexed = nameof(Indexed);
    private const string IndexAnnotation = "batch.kubernetes.io/job-completion-index";
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(10);

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var jobs = store.List(ResourceCatalog.Job);
        if (jobs.Count == 0)
        {
            return null;
        }

        var due = pods.Due;
        var owned = store.List(ResourceCatalog.Pod).ToLookup(Owned.Owner);
        foreach (var job in jobs)
        {
            var next = IsFinished(job) ? Expire(job, now) : Run(job, [.. owned[job.Uid()]], now);
            due = next is not null && (due is null || next < due) ? next : due;
        }

        return due;
    }

    public static bool IsFinished(JsonObject job) => Ended(job, "Complete") is not null || Ended(job, "Failed") is not null;

    public static JsonNode? Ended(JsonObject job, string condition) =>
        job.Items("status", "conditions").FirstOrDefault(item => item.Text("type") == condition && item.Text("status") == "True");

    private DateTimeOffset? Expire(JsonObject job, DateTimeOffset now)
    {
        if (
            job.Number("spec", "ttlSecondsAfterFinished") is not { } kept
            || (Ended(job, "Complete") ?? Ended(job, "Failed")).Text("lastTransitionTime") is not { } ended
        )
        {
            return null;
        }

        var end = writer.Times.Simulated(ended).AddSeconds(kept);
        if (end > now)
        {
            return end;
        }

        writer.Delete(ResourceCatalog.Job, job.Namespace(), job.Name());
        return null;
    }

    private DateTimeOffset? Run(JsonObject job, JsonObject[] mine, DateTimeOffset now)
    {
        var succeeded = mine.Where(pod => pod.Text("status", "phase") == "Succeeded").ToArray();
        var failed = mine.Where(pod => pod.Text("status", "phase") == "Failed").ToArray();
        var active = mine.Except(succeeded).Except(failed).ToList();
        var failures = failed.Length + active.Sum(Restarts);
        if (job.Flag("spec", "suspend") == true)
        {
            Stop(job, active, now);
            Report(job, active, succeeded, failed.Length, [writer.Condition(job, "Suspended", true, "JobSuspended", "Job suspended", now)]);
            return null;
        }

        var started = job.Text("status", "startTime") is { } text ? writer.Times.Simulated(text) : now;
        var completions = job.Number("spec", "completions");
        if (IsDone(job, succeeded, active.Count))
        {
            Stop(job, active, now);
            events.Normal(ResourceCatalog.Job, job, Source, "Completed", "Job completed", now);
            Report(
                job,
                active,
                succeeded,
                failed.Length,
                [
                    .. new[] { "SuccessCriteriaMet", "Complete" }.Select(type =>
                        writer.Condition(job, type, true, "CompletionsReached", "Reached expected number of succeeded pods", now)
                    ),
                ],
                completed: true,
                now
            );
            return Expire(store.Get(ResourceCatalog.Job, job.Namespace(), job.Name()) ?? job, now);
        }

        var deadline = job.Number("spec", "activeDeadlineSeconds") is { } seconds ? started.AddSeconds(seconds) : (DateTimeOffset?)null;
        if (failures > (job.Number("spec", "backoffLimit") ?? 6))
        {
            Fail(job, active, succeeded, failed.Length, "BackoffLimitExceeded", "Job has reached the specified backoff limit", now);
            return null;
        }

        if (deadline <= now)
        {
            Fail(job, active, succeeded, failed.Length, "DeadlineExceeded", "Job was active longer than specified deadline", now);
            return null;
        }

        var again = failed.Length == 0 ? now : failed.Max(Finished) + BackOff(failed.Length);
        var parallelism = job.Number("spec", "parallelism") ?? 1;
        var missing = Math.Min(parallelism, completions is { } all ? all - succeeded.Length : parallelism) - active.Count;
        if (completions is null && succeeded.Length > 0)
        {
            missing = 0; // a work queue: no new pods after the first success
        }

        if (missing > 0 && again <= now)
        {
            Start(job, (int)missing, [.. succeeded, .. active], now);
        }

        Report(job, active, succeeded, failed.Length, [], started: started, now: now);
        var next = missing > 0 && again > now ? again : (DateTimeOffset?)null;
        return next is null || deadline < next ? deadline ?? next : next;
    }

    private static bool IsDone(JsonObject job, JsonObject[] succeeded, int active) =>
        job.Number("spec", "completions") is { } wanted ? succeeded.Length >= wanted : succeeded.Length > 0 && active == 0;

    private void Start(JsonObject job, int count, JsonObject[] used, DateTimeOffset now)
    {
        var indexed = job.Text("spec", "completionMode") == Indexed;
        var taken = used.Select(pod => pod.Text("metadata", "annotations", IndexAnnotation)).ToHashSet();
        var free = Enumerable
            .Range(0, int.MaxValue)
            .Select(index => index.ToString(CultureInfo.InvariantCulture))
            .Where(index => !taken.Contains(index));
        foreach (var index in free.Take(Math.Min(count, pods.Room(job, now))))
        {
            if (
                !pods.Create(
                    ResourceCatalog.Job,
                    job,
                    job.At("spec", "template"),
                    Source,
                    pod =>
                    {
                        pod.Child("metadata")["generateName"] = indexed ? $"{job.Name()}-{index}-" : $"{job.Name()}-";
                        if (indexed)
                        {
                            pod.Child("metadata").Child("annotations")[IndexAnnotation] = index;
                            pod.Child("metadata").Child("labels")[IndexAnnotation] = index;
                        }
                    },
                    now
                )
            )
            {
                return;
            }
        }
    }

    private void Stop(JsonObject job, List<JsonObject> active, DateTimeOffset now)
    {
        foreach (var pod in active)
        {
            pods.Delete(ResourceCatalog.Job, job, pod, Source, now);
        }

        active.Clear();
    }

    private void Fail(
        JsonObject job,
        List<JsonObject> active,
        JsonObject[] succeeded,
        int failed,
        string reason,
        string message,
        DateTimeOffset now
    )
    {
        var lost = failed + active.Count;
        Stop(job, active, now);
        events.Warning(ResourceCatalog.Job, job, Source, reason, message, now);
        Report(
            job,
            active,
            succeeded,
            lost,
            [.. new[] { "FailureTarget", "Failed" }.Select(type => writer.Condition(job, type, true, reason, message, now))],
            now: now
        );
    }

    private void Report(
        JsonObject job,
        List<JsonObject> active,
        JsonObject[] succeeded,
        int failed,
        JsonObject[] conditions,
        bool completed = false,
        DateTimeOffset now = default,
        DateTimeOffset? started = null
    )
    {
        var status = new JsonObject
        {
            ["startTime"] = job.Text("status", "startTime") ?? (started is { } at ? writer.Times.At(at) : null),
            ["completionTime"] = completed ? writer.Times.At(now) : null,
            ["active"] = active.Count > 0 ? active.Count : null,
            ["ready"] = active.Count(PodStatus.IsReady),
            ["succeeded"] = succeeded.Length > 0 ? succeeded.Length : null,
            ["failed"] = failed > 0 ? failed : null,
            ["terminating"] = 0,
            ["uncountedTerminatedPods"] = new JsonObject(),
        };
        if (job.Text("spec", "completionMode") == Indexed && succeeded.Length > 0)
        {
            status["completedIndexes"] = Indexes(succeeded);
        }

        if (conditions.Length > 0)
        {
            foreach (var condition in conditions)
            {
                condition["lastProbeTime"] = condition.Text("lastTransitionTime");
            }

            status["conditions"] = new JsonArray([.. conditions]);
        }

        writer.SetStatus(ResourceCatalog.Job, job, status);
    }

    /// <summary>Ranges of indexes: <c>0-3,5</c>.</summary>
    private static string Indexes(JsonObject[] pods)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (
            var index in pods.Select(pod =>
                    int.Parse(pod.Text("metadata", "annotations", IndexAnnotation) ?? "0", CultureInfo.InvariantCulture)
                )
                .Distinct()
                .Order()
        )
        {
            if (ranges.Count > 0 && ranges[^1].Last == index - 1)
            {
                ranges[^1] = (ranges[^1].First, index);
            }
            else
            {
                ranges.Add((index, index));
            }
        }

        return string.Join(',', ranges.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"));
    }

    private static int Restarts(JsonObject pod) =>
        pod.Text("spec", "restartPolicy") == "OnFailure"
            ? (int)pod.Items("status", "containerStatuses").Sum(status => status.Number("restartCount") ?? 0)
            : 0;

    private DateTimeOffset Finished(JsonObject pod) =>
        pod.Items("status", "containerStatuses").FirstOrDefault().Text("state", "terminated", "finishedAt") is { } at
            ? writer.Times.Simulated(at)
            : writer.Times.Began(pod);

    /// <summary>10 s, 20 s, 40 s and so on after each failure.</summary>
    private static TimeSpan BackOff(int failures) =>
        TimeSpan.FromSeconds(Math.Min(FirstBackOff.TotalSeconds * Math.Pow(2, failures - 1), LongestBackOff.TotalSeconds));
}
