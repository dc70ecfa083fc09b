using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Jobs and CronJobs (kubernetes/kubernetes, pkg/apis/batch/validation).</summary>
internal static class BatchValidation
{
    private const int LongestCronJobName = 52;
    private static readonly string[] Policies = ["OnFailure", "Never"];

    public static IEnumerable<Cause> Job(JsonObject? before, JsonObject body) =>
        [
            .. Spec(body["spec"], "spec"),
            .. new[] { "selector", "completions", "completionMode" }
                .Where(name => before is not null && !JsonNode.DeepEquals(before.At("spec", name), body.At("spec", name)))
                .Select(name => Cause.Immutable($"spec.{name}", body.At("spec", name))),
            .. before is not null
            && before.Flag("spec", "suspend") != true
            && !JsonNode.DeepEquals(before.At("spec", "template"), body.At("spec", "template"))
                ? [Cause.Immutable("spec.template", body.At("spec", "template"))]
                : Array.Empty<Cause>(),
        ];

    public static IEnumerable<Cause> CronJob(JsonObject body)
    {
        if (body.Name().Length > LongestCronJobName)
        {
            yield return Cause.Invalid("metadata.name", $"\"{body.Name()}\"", $"must be no more than {LongestCronJobName} characters");
        }

        var schedule = body.Text("spec", "schedule") ?? "";
        if (schedule.Length == 0)
        {
            yield return Cause.Missing("spec.schedule");
        }
        else if (schedule.Contains("TZ", StringComparison.Ordinal))
        {
            yield return Cause.Invalid(
                "spec.schedule",
                $"\"{schedule}\"",
                "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            );
        }
        else if (CronSchedule.Problem(schedule) is { } problem)
        {
            yield return Cause.Invalid("spec.schedule", $"\"{schedule}\"", problem);
        }

        if (body.Text("spec", "timeZone") is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            yield return Cause.Invalid("spec.timeZone", $"\"{zone}\"", $"unknown time zone {zone}");
        }

        if (body.Text("spec", "concurrencyPolicy") is { } policy and not ("Allow" or "Forbid" or "Replace"))
        {
            yield return Cause.Unsupported("spec.concurrencyPolicy", policy, ["Allow", "Forbid", "Replace"]);
        }

        foreach (var cause in Spec(body.At("spec", "jobTemplate", "spec"), "spec.jobTemplate.spec"))
        {
            yield return cause;
        }
    }

    private static IEnumerable<Cause> Spec(JsonNode? spec, string field)
    {
        foreach (var name in new[] { "parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished" })
        {
            if (spec.Number(name) is { } number and < 0)
            {
                yield return Cause.Invalid($"{field}.{name}", $"{number}", "must be greater than or equal to 0");
            }
        }

        if (spec.Text("completionMode") == "Indexed" && spec.Number("completions") is null)
        {
            yield return new Cause("FieldValueRequired", "Required value: when completion mode is Indexed", $"{field}.completions");
        }

        if (!Policies.Contains(spec.Text("template", "spec", "restartPolicy")))
        {
            yield return new Cause(
                "FieldValueRequired",
                "Required value: valid values: \"OnFailure\", \"Never\"",
                $"{field}.template.spec.restartPolicy"
            );
        }

        foreach (var cause in PodValidation.Check(spec.At("template", "spec"), $"{field}.template.spec", alwaysRestarts: false))
        {
            yield return cause;
        }
    }
}
