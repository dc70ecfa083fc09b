using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.Model;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>Failures of an exposure's workload.</summary>
public sealed class WorkloadFailureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, FailureRow(Reasons.WorkloadFailed)]
    public async Task An_image_pull_error_is_reported_with_the_kubelets_message_until_it_is_corrected()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        var broken = FailureRoom.Echo();
        broken["workload"] = new JsonObject { ["image"] = "no/such-image:1", ["containerPort"] = 9000 };

        await FailsAndHealsAsync(room, broken);
    }

    [Fact, FailureRow(Reasons.WorkloadFailed)]
    public async Task A_new_image_that_cannot_be_pulled_is_reported_while_pods_of_the_old_one_serve()
    {
        await using var room = await FailureRoom.ReadyAsync();
        var broken = FailureRoom.Echo();
        broken["workload"]!["image"] = "no/such-image:1";

        await FailsAndHealsAsync(room, broken);
    }

    private static async Task FailsAndHealsAsync(FailureRoom room, JsonObject broken)
    {
        await room.AskExposureAsync(broken);
        await room.SeesAsync(
            ConditionTypes.WorkloadReady,
            ConditionStatus.False,
            Reasons.WorkloadFailed,
            "Check the image and its arguments"
        );

        await room.AskExposureAsync();
        await room.HealsAsync(ConditionTypes.WorkloadReady);
    }

    [Fact, FailureRow(Reasons.WorkloadFailed)]
    public async Task Pods_that_the_namespace_does_not_admit_are_reported_with_the_ReplicaSets_words()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await EnforceAsync(cluster, "restricted");

        await room.AskExposureAsync(With("securityContext", new JsonObject { ["level"] = "baseline" }));
        await room.SeesAsync(
            ConditionTypes.WorkloadReady,
            ConditionStatus.Unknown,
            Reasons.WorkloadFailed,
            "violates PodSecurity \"restricted:latest\""
        );
        Assert.Contains("Pod Security", await room.MessageAsync(ConditionTypes.WorkloadReady), StringComparison.Ordinal);

        await room.AskExposureAsync(); // restricted by default
        await room.HealsAsync(ConditionTypes.WorkloadReady);
    }

    /// <summary>The fields of a workload that can keep its pods from being ready.</summary>
    [Theory, FailureRow(Reasons.WorkloadFailed)]
    [InlineData(
        "env",
        """[{"name":"P","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}]""",
        "CreateContainerConfigError: secret \"db\" not found. Create it in the namespace of the workload, or correct workload.env."
    )]
    [InlineData("resources", """{"requests":{"cpu":"64"}}""", "1 Insufficient cpu")]
    [InlineData("nodeSelector", """{"disk":"ssd"}""", "Correct workload.nodeSelector")]
    [InlineData(
        "readinessProbe",
        """{"tcpSocket":{"port":9001},"periodSeconds":5}""",
        "connect: connection refused. Check the probe of the workload"
    )]
    [InlineData("livenessProbe", """{"httpGet":{"port":9000},"periodSeconds":5}""", "Unhealthy: Liveness probe failed")]
    [InlineData("image", "\"edge.azurecr.io/istio/tcp-echo-server:1.1\"", "a Secret in workload.imagePullSecrets")]
    public async Task A_field_that_keeps_pods_from_being_ready_is_named(string field, string value, string message)
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");

        await room.AskExposureAsync(With(field, JsonNode.Parse(value)));
        await room.SeesAsync(ConditionTypes.WorkloadReady, ConditionStatus.Unknown, Reasons.WorkloadFailed, "");
        // The kubelet's event comes before the status of the pod, so the first message may be the event's.
        await Wait.UntilAsync(
            $"the message contains '{message}'",
            Walkthrough.Within,
            async () => (await room.MessageAsync(ConditionTypes.WorkloadReady)).Contains(message, StringComparison.Ordinal),
            Token
        );

        await room.AskExposureAsync();
        await room.HealsAsync(ConditionTypes.WorkloadReady);
    }

    private static JsonObject With(string field, JsonNode? value)
    {
        var exposure = FailureRoom.Echo();
        exposure["workload"]![field] = value; // Echo has a workload
        return exposure;
    }

    [Fact, FailureRow(Reasons.WorkloadFailed)]
    public async Task Pods_without_a_node_are_reported_with_the_schedulers_words()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");
        using var cluster = room.Host.Kubernetes();
        await CordonAsync(cluster, isCordoned: true);

        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.WorkloadReady, ConditionStatus.Unknown, Reasons.WorkloadFailed, "Unschedulable: 0/");

        await CordonAsync(cluster, isCordoned: false);
        await room.HealsAsync(ConditionTypes.WorkloadReady);
    }

    /// <summary>The words of admission plug-ins that the sandbox does not run.</summary>
    [Theory]
    [FailureRow(Reasons.AdmissionDenied), FailureRow(Reasons.WebhookUnavailable)]
    [FailureRow(Reasons.NamespaceTerminating), FailureRow(Reasons.QuotaExceeded)]
    [InlineData("admission webhook \"limits.corp\" denied the request: no resource limits", Reasons.AdmissionDenied, "limits.corp forbids")]
    [InlineData("failed calling webhook \"limits.corp\": refused", Reasons.WebhookUnavailable, "limits.corp does not answer")]
    [InlineData("is forbidden: ValidatingAdmissionPolicy 'p' denied request: no", Reasons.AdmissionDenied, "policy p forbids")]
    [InlineData("is forbidden: exceeded quota: small, requested: count/deployments=1", Reasons.QuotaExceeded, "ResourceQuota small")]
    [InlineData("because it is being terminated", Reasons.NamespaceTerminating, "another namespace")]
    public async Task A_refusal_by_admission_is_reported_by_name_and_asks_for_no_role(string message, string reason, string advice)
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        room.Host.Sandbox.World.Faults.Add(
            new FaultRule
            {
                Layer = FaultLayer.Kubernetes,
                Kind = FaultKind.Refused,
                Operation = "PATCH apps/deployments",
                Message = message,
            }
        );

        await room.AskExposureAsync();
        var status = reason == Reasons.WebhookUnavailable ? ConditionStatus.Unknown : ConditionStatus.False; // a webhook may answer later
        await room.SeesAsync(ConditionTypes.WorkloadReady, status, reason, advice);
        Assert.DoesNotContain("Cluster Admin", await room.MessageAsync(ConditionTypes.WorkloadReady), StringComparison.Ordinal);

        room.Mend();
        await room.HealsAsync(ConditionTypes.WorkloadReady);
    }

    [Fact]
    public async Task Ready_is_Unknown_while_pods_start()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        await room.SeesAsync(ConditionTypes.GatewayReady, ConditionStatus.True, Reasons.AsDesired, "");

        await room.AskExposureAsync();
        await room.SeesAsync(ConditionTypes.Ready, ConditionStatus.True, Reasons.AsDesired, "");

        var history = (await room.Host.StatusAsync(FailureRoom.ExposurePath, Token)).GetProperty("history").EnumerateArray();
        Assert.DoesNotContain(
            history,
            entry => entry.GetProperty("type").GetString() == ConditionTypes.Ready && entry.GetProperty("status").GetString() == "False"
        );
    }

    private static async Task EnforceAsync(IKubernetes cluster, string level)
    {
        var labels = new JsonObject { ["pod-security.kubernetes.io/enforce"] = level };
        await cluster.CoreV1.PatchNamespaceAsync(
            Merge(new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels } }),
            "default",
            cancellationToken: Token
        );
    }

    private static async Task CordonAsync(IKubernetes cluster, bool isCordoned)
    {
        foreach (var node in (await cluster.CoreV1.ListNodeAsync(cancellationToken: Token)).Items)
        {
            await cluster.CoreV1.PatchNodeAsync(
                Merge(new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = isCordoned } }),
                node.Metadata.Name,
                cancellationToken: Token
            );
        }
    }

    private static V1Patch Merge(JsonObject patch) => new(patch.ToJsonString(), V1Patch.PatchType.MergePatch);

    [Fact, FailureRow(Reasons.KubernetesRefused)]
    public async Task A_missing_namespace_is_reported_until_it_exists()
    {
        await using var room = await FailureRoom.StartAsync();
        await room.AskClusterAsync();
        var elsewhere = FailureRoom.Echo();
        elsewhere["backends"] = new JsonArray(
            new JsonObject
            {
                ["service"] = "echo",
                ["namespace"] = "elsewhere",
                ["port"] = 9000,
            }
        );

        await room.AskExposureAsync(elsewhere);
        await room.SeesAsync(ConditionTypes.WorkloadReady, ConditionStatus.False, Reasons.KubernetesRefused, "create the missing object");

        using var cluster = room.Host.Kubernetes();
        await cluster.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = "elsewhere" } },
            cancellationToken: Token
        );
        await room.HealsAsync(ConditionTypes.WorkloadReady);
    }
}
