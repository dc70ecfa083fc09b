using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>Creates a Job at each time of a CronJob's schedule, in simulated time, and deletes old ones.</summary>
internal sealed class CronJobController(ObjectStore store, ObjectWriter writer, EventRecorder events) : IController
{
    private const string Source = "cronjob-controller";

    /// <summary>By uid, the simulated time up to which the schedule has run.</summary>
    private readonly Dictionary<string, DateTimeOffset> _ran = [];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        var crons = store.List(ResourceCatalog.CronJob);
        if (crons.Count == 0)
        {
            _ran.Clear();
            return null;
        }

        DateTimeOffset? due = null;
        var owned = store.List(ResourceCatalog.Job).ToLookup(Owned.Owner);
        foreach (var cron in crons)
        {
            var next = Run(cron, [.. owned[cron.Uid()]], now);
            due = next is not null && (due is null || next < due) ? next : due;
        }

        return due;
    }

    /// <returns>The next time of the schedule.</returns>
    private DateTimeOffset? Run(JsonObject cron, List<JsonObject> jobs, DateTimeOffset now)
    {
        _ran.TryAdd(cron.Uid(), now);
        Tidy(cron, jobs);
        if (CronSchedule.Parse(cron.Text("spec", "schedule") ?? "") is not { } schedule)
        {
            return null;
        }

        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(cron.Text("spec", "timeZone") ?? "UTC", out var found) ? found : TimeZoneInfo.Utc;
        var next = schedule.After(TimeZoneInfo.ConvertTime(_ran[cron.Uid()], zone));
        string? last = null;
        if (next <= now)
        {
            _ran[cron.Uid()] = now; // missed times are not made up for, except the last
            if (cron.Flag("spec", "suspend") != true && Start(cron, jobs, next.Value, now) is { } made)
            {
                jobs.Add(made);
                last = writer.Times.At(next.Value);
            }

            next = schedule.After(TimeZoneInfo.ConvertTime(now, zone));
        }

        Report(cron, jobs, last);
        return next;
    }

    private JsonObject? Start(JsonObject cron, List<JsonObject> jobs, DateTimeOffset at, DateTimeOffset now)
    {
        var running = jobs.Where(job => !JobController.IsFinished(job)).ToArray();
        switch (cron.Text("spec", "concurrencyPolicy"))
        {
            case "Forbid" when running.Length > 0:
                events.Normal(
                    ResourceCatalog.CronJob,
                    cron,
                    Source,
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy is Forbid",
                    now
                );
                return null;
            case "Replace":
                foreach (var job in running)
                {
                    writer.Delete(ResourceCatalog.Job, job.Namespace(), job.Name());
                    events.Normal(ResourceCatalog.CronJob, cron, Source, "SuccessfulDelete", $"Deleted job {job.Name()}", now);
                    jobs.Remove(job);
                }

                break;
        }

        var name = $"{cron.Name()}-{at.ToUnixTimeSeconds() / 60}";
        if (store.Get(ResourceCatalog.Job, cron.Namespace(), name) is not null)
        {
            return null;
        }

        var template = cron.At("spec", "jobTemplate");
        var metadata = template.At("metadata")?.DeepClone() as JsonObject ?? [];
        metadata["name"] = name;
        metadata["namespace"] = cron.Namespace();
        metadata["ownerReferences"] = Owned.By(ResourceCatalog.CronJob, cron);
        metadata.Child("annotations")["batch.kubernetes.io/cronjob-scheduled-timestamp"] = at.UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss'Z'",
            CultureInfo.InvariantCulture
        );
        try
        {
            var job = writer
                .Create(
                    ResourceCatalog.Job,
                    new JsonObject { ["metadata"] = metadata, ["spec"] = template.At("spec")?.DeepClone() },
                    PodFactory.Options(Source)
                )
                .Object;
            events.Normal(ResourceCatalog.CronJob, cron, Source, "SuccessfulCreate", $"Created job {name}", now);
            return job;
        }
        catch (KubeError refusal)
        {
            events.Warning(ResourceCatalog.CronJob, cron, Source, "FailedCreate", $"Error creating job: {refusal.Message}", now);
            return null;
        }
    }

    private void Tidy(JsonObject cron, List<JsonObject> jobs)
    {
        foreach (
            var (condition, kept) in new[]
            {
                ("Complete", cron.Number("spec", "successfulJobsHistoryLimit") ?? 3),
                ("Failed", cron.Number("spec", "failedJobsHistoryLimit") ?? 1),
            }
        )
        {
            var ended = jobs.Where(job => JobController.Ended(job, condition) is not null)
                .OrderBy(job => job.Name(), StringComparer.Ordinal);
            foreach (var old in ended.SkipLast((int)kept).ToArray())
            {
                writer.Delete(ResourceCatalog.Job, old.Namespace(), old.Name());
                jobs.Remove(old);
            }
        }
    }

    private void Report(JsonObject cron, List<JsonObject> jobs, string? last)
    {
        JsonObject[] active = [.. jobs.Where(job => !JobController.IsFinished(job))];
        writer.SetStatus(
            ResourceCatalog.CronJob,
            cron,
            new JsonObject
            {
                ["active"] =
                    active.Length == 0
                        ? null
                        : new JsonArray([
                            .. active.Select(job => new JsonObject
                            {
                                ["kind"] = "Job",
                                ["namespace"] = job.Namespace(),
                                ["name"] = job.Name(),
                                ["uid"] = job.Uid(),
                                ["apiVersion"] = "batch/v1",
                            }),
                        ]),
                ["lastScheduleTime"] = last ?? cron.Text("status", "lastScheduleTime"),
                ["lastSuccessfulTime"] =
                    jobs.Select(job => job.Text("status", "completionTime")).OfType<string>().Max(StringComparer.Ordinal)
                    ?? cron.Text("status", "lastSuccessfulTime"),
            }
        );
    }
}
