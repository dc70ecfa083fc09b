using k8s.Models;
using MeshPort.Workloads;
using Xunit;

namespace MeshPort.Functions.Tests.Workloads;

/// <summary>One test for each row of the table in <see cref="PodProblems"/>.</summary>
public sealed class PodProblemsTests
{
    private const string Uid = "uid-1";
    private static readonly Dictionary<string, string> None = [];

    [Theory]
    [InlineData("ErrImagePull", "not found", "ErrImagePull: not found. Check the image", "AcrPull")]
    [InlineData("ImagePullBackOff", null, "ImagePullBackOff. Check the image", "AcrPull")]
    [InlineData("InvalidImageName", "bad", "Check the image", "AcrPull")]
    [InlineData("ErrImageNeverPull", "bad", "Check the image", "AcrPull")]
    [InlineData("ErrImagePull", "failed to authorize: 401 Unauthorized", "workload.imagePullSecrets", "Follow the message")]
    [InlineData(
        "CrashLoopBackOff",
        "back-off 10s",
        "ended with code 137 (OOMKilled). Raise workload.resources.limits.memory. Check the image",
        "Follow the message"
    )]
    [InlineData("RunContainerError", "exec: not found", "Check the image and its arguments", "Follow the message")]
    [InlineData("CreateContainerConfigError", "secret \"s\" not found", "secret \"s\" not found. Create it", "runAsUser")]
    [InlineData("CreateContainerConfigError", "container has runAsNonRoot and image will run as root", "runAsUser", "Create it")]
    [InlineData("CreateContainerConfigError", "container's runAsUser breaks non-root policy", "runAsUser", "Create it")]
    [InlineData("CreateContainerError", "no command", "Follow the message", "Check the image")]
    public void A_container_that_waits_has_the_kubelets_words(string reason, string? message, string advice, string other)
    {
        var text = PodProblems.Of([Pod("Pending", Waiting(reason, message))], None);

        Assert.Contains(advice, text, StringComparison.Ordinal);
        Assert.DoesNotContain(other, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0/3 nodes are available", "0/3 nodes are available. Add nodes, or make room on them.")]
    [InlineData("3 Insufficient cpu.", "3 Insufficient cpu. Lower workload.resources.requests, add nodes, or make room on them.")]
    [InlineData("3 node(s) didn't match Pod's node affinity/selector.", "Correct workload.nodeSelector, or give a node its labels.")]
    public void A_pod_without_a_node_has_the_schedulers_words(string message, string advice)
    {
        var text = PodProblems.Of([Unscheduled(message)], None);

        Assert.StartsWith("Unschedulable: ", text, StringComparison.Ordinal);
        Assert.EndsWith(advice, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_that_waits_comes_before_a_pod_without_a_node_which_AKS_Automatic_makes()
    {
        var homeless = Unscheduled("0/3 nodes are available");

        var alone = PodProblems.Of([homeless], None, makesNodes: true);
        var both = PodProblems.Of([homeless, Pod("Pending", Waiting("ImagePullBackOff", null))], None, makesNodes: true);

        Assert.True(PodProblems.IsOfScheduling(Assert.IsType<string>(alone)));
        Assert.Contains("If none comes, check the subscription's quota", alone, StringComparison.Ordinal);
        Assert.DoesNotContain("Add nodes", alone, StringComparison.Ordinal);
        Assert.StartsWith("ImagePullBackOff", both, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_that_was_evicted_has_the_kubelets_words()
    {
        var pod = Pod("Failed");
        (pod.Status.Reason, pod.Status.Message) = ("Evicted", "The node was low on resource: memory.");

        Assert.Equal("Evicted: The node was low on resource: memory. Look at the nodes of the cluster.", PodProblems.Of([pod], None));
    }

    [Theory]
    [InlineData("ContainerCreating")]
    [InlineData("PodInitializing")]
    public void A_pod_that_starts_has_its_last_warning(string reason)
    {
        var pod = Pod("Pending", Waiting(reason, null));

        Assert.Null(PodProblems.Of([pod], None));
        Assert.Equal(
            "FailedMount: configmap \"c\" not found. Follow the message.",
            PodProblems.Of([pod], new Dictionary<string, string> { [Uid] = "FailedMount: configmap \"c\" not found" })
        );
    }

    [Theory]
    [InlineData("Readiness probe failed: connection refused", 3, "Unhealthy: Readiness probe failed: connection refused. Check the probe")]
    [InlineData("Readiness probe failed: connection refused", 2, null)]
    public void A_pod_that_runs_and_is_not_ready_has_the_probes_words(string message, int times, string? expected)
    {
        var pod = Pod("Running", new V1ContainerStatus { State = new V1ContainerState { Running = new V1ContainerStateRunning() } });
        Assert.True(PodProblems.NeedsEvents(pod));

        var text = PodProblems.Of([pod], Warned(message, times));

        Assert.Equal(expected is null, text is null);
        Assert.StartsWith(expected ?? "", text ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_that_a_probe_restarts_has_the_probes_words()
    {
        var pod = Pod("Running", Waiting("CrashLoopBackOff", "back-off 10s"));
        Assert.True(PodProblems.NeedsEvents(pod));

        Assert.Equal(
            "CrashLoopBackOff: back-off 10s. Unhealthy: Liveness probe failed: refused. Check the probe of the workload, its image and its "
                + "arguments.",
            PodProblems.Of([pod], Warned("Liveness probe failed: refused", 3))
        );
    }

    private static Dictionary<string, string> Warned(string message, int times)
    {
        var warning = PodProblems.LastWarning([
            new Corev1Event
            {
                Type = "Warning",
                Reason = "Unhealthy",
                Message = message,
                Count = times,
            },
            new Corev1Event
            {
                Type = "Warning",
                Reason = "BackOff",
                Message = "Back-off restarting failed container",
                Count = 9,
                LastTimestamp = DateTime.MaxValue,
            },
        ]);
        return warning is null ? [] : new() { [Uid] = warning };
    }

    [Fact]
    public void An_init_container_counts()
    {
        var pod = Pod("Pending", Waiting("PodInitializing", null));
        pod.Status.InitContainerStatuses = [Waiting("ErrImagePull", "no such image")];

        Assert.StartsWith("ErrImagePull: no such image.", PodProblems.Of([pod], None), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_that_runs_has_no_problem() => Assert.Null(PodProblems.Of([Pod("Running", new V1ContainerStatus())], None));

    [Theory]
    [InlineData("pods \"a\" is forbidden: exceeded quota: q, requested: pods=1", "ResourceQuota q")]
    [InlineData("admission webhook \"w.x\" denied the request: no", "webhook w.x")]
    [InlineData("something new", "Follow the message")]
    public void A_ReplicaSet_that_cannot_create_pods_has_the_advice_on_admission(string message, string advice) =>
        Assert.Contains(advice, PodProblems.OfReplicaSet(message), StringComparison.Ordinal);

    private static V1ContainerStatus Waiting(string reason, string? message) =>
        new()
        {
            State = new V1ContainerState
            {
                Waiting = new V1ContainerStateWaiting { Reason = reason, Message = message },
            },
            LastState = new V1ContainerState
            {
                Terminated = new V1ContainerStateTerminated { ExitCode = 137, Reason = "OOMKilled" },
            },
        };

    private static V1Pod Unscheduled(string message)
    {
        var pod = Pod("Pending");
        pod.Status.Conditions =
        [
            new V1PodCondition
            {
                Type = "PodScheduled",
                Status = "False",
                Reason = "Unschedulable",
                Message = message,
            },
        ];
        return pod;
    }

    private static V1Pod Pod(string phase, params V1ContainerStatus[] containers) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = "a", Uid = Uid },
            Spec = new V1PodSpec { NodeName = "node" },
            Status = new V1PodStatus { Phase = phase, ContainerStatuses = [.. containers] },
        };
}
