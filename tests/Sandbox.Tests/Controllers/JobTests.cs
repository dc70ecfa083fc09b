using System.Globalization;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Controllers;

public sealed class JobTests
{
    [Fact]
    public async Task A_job_completes_when_its_program_ends()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Batch}/jobs", Job("work", "sleep 30", ""","completions":3,"parallelism":2"""));

        var job = await cluster.UntilAsync($"{Batch}/jobs/work", found => found.Has("Complete"));

        Assert.Equal(3, job.Number("status", "succeeded"));
        // a job that is complete has both times
        var started = DateTimeOffset.Parse(job.Text("status", "startTime")!, CultureInfo.InvariantCulture);
        var took = DateTimeOffset.Parse(job.Text("status", "completionTime")!, CultureInfo.InvariantCulture) - started;
        Assert.True(took >= TimeSpan.FromSeconds(60), $"three pods of 30 s, two at a time, took {took}");
        Assert.All(await cluster.ListAsync($"{Core}/pods"), pod => Assert.Equal("Succeeded", pod.Text("status", "phase")));
    }

    [Fact]
    public async Task A_job_whose_pods_fail_ends_at_its_backoff_limit()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Batch}/jobs", Job("bad", "exit 3", ""","backoffLimit":1"""));

        var job = await cluster.UntilAsync($"{Batch}/jobs/bad", found => found.Has("Failed"));

        var failed = job.Items("status", "conditions").First(condition => condition.Text("type") == "Failed");
        Assert.Equal("Job has reached the specified backoff limit", failed.Text("message"));
        Assert.Equal(2, job.Number("status", "failed"));
        var pod = (await cluster.ListAsync($"{Core}/pods"))[0];
        Assert.Equal(3, pod.Items("status", "containerStatuses").First().Number("state", "terminated", "exitCode"));
    }

    [Fact]
    public async Task The_check_of_a_container_registry_fails()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync(
            $"{Core}/pods",
            """
            {"metadata":{"name":"canipull"},"spec":{"restartPolicy":"Never",
            "containers":[{"name":"c","image":"mcr.microsoft.com/aks/canipull:0.1.0-alpha","args":["-v6","x.azurecr.io"]}]}}
            """
        );

        var pod = await cluster.UntilAsync($"{Core}/pods/canipull", found => found.Text("status", "phase") == "Failed");

        Assert.Equal(1, pod.Items("status", "containerStatuses").First().Number("state", "terminated", "exitCode"));
    }

    [Fact]
    public async Task A_suspended_job_has_no_pods_and_a_finished_one_expires()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Batch}/jobs", Job("late", "true", ""","suspend":true,"ttlSecondsAfterFinished":60"""));
        await cluster.UntilAsync($"{Batch}/jobs/late", found => found.Has("Suspended"));
        Assert.Empty(await cluster.ListAsync($"{Core}/pods"));

        await cluster.PatchAsync($"{Batch}/jobs/late", """{"spec":{"suspend":false} }""");

        await Wait.UntilAsync(async () => (await cluster.SendAsync(HttpMethod.Get, $"{Batch}/jobs/late")).Code == 404, TestCluster.Token);
        await Wait.UntilAsync(async () => (await cluster.ListAsync($"{Core}/pods")).Length == 0, TestCluster.Token);
    }

    [Fact]
    public async Task A_job_needs_a_restart_policy_of_its_own()
    {
        await using var cluster = await TestCluster.StartAsync();

        await cluster.RefusedAsync(
            422,
            "Job.batch \"bad\" is invalid: spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
            HttpMethod.Post,
            $"{Batch}/jobs",
            """{"metadata":{"name":"bad"},"spec":{"template":{"spec":{"containers":[{"name":"c","image":"busybox"}]} } } }"""
        );
    }

    [Fact]
    public async Task A_cron_job_makes_a_job_each_minute_and_keeps_the_last()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync($"{Batch}/cronjobs", Cron("* * * * *"));

        var cron = await cluster.UntilAsync($"{Batch}/cronjobs/tick", found => found.Text("status", "lastSuccessfulTime") is not null);

        Assert.NotNull(cron.Text("status", "lastScheduleTime"));
        var first = (await cluster.ListAsync($"{Batch}/jobs"))[0].Name();
        await Wait.UntilAsync(async () => (await cluster.ListAsync($"{Batch}/jobs")).All(job => job.Name() != first), TestCluster.Token);
        Assert.InRange((await cluster.ListAsync($"{Batch}/jobs")).Length, 1, 4);
    }

    [Fact]
    public async Task A_cron_job_needs_a_schedule()
    {
        await using var cluster = await TestCluster.StartAsync();

        await cluster.RefusedAsync(
            422,
            "CronJob.batch \"tick\" is invalid: spec.schedule: Invalid value: \"soon\": expected exactly 5 fields, found 1: [soon]",
            HttpMethod.Post,
            $"{Batch}/cronjobs",
            Cron("soon")
        );
    }

    private static string Job(string name, string command, string more) =>
        $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c",
            "image":"busybox","command":["sh","-c","{{{command}}}"]}]} }{{{more}}} }}
            """;

    private static string Cron(string schedule) =>
        $$$"""
            {"metadata":{"name":"tick"},"spec":{"schedule":"{{{schedule}}}","jobTemplate":{"spec":{"template":{"spec":{
            "restartPolicy":"Never","containers":[{"name":"c","image":"busybox","command":["true"]}]} } } } } }
            """;
}
