using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Defaults of workloads other than Deployments, of storage, policies and webhooks (kubernetes/kubernetes, pkg/apis/*/v1/defaults.go).
/// </summary>
internal static class KindDefaults
{
    private const string JobPrefix = "batch.kubernetes.io/";

    private static readonly Dictionary<ResourceType, Action<JsonObject>> All = new()
    {
        [ResourceCatalog.StatefulSet] = body => StatefulSet(body.Child("spec")),
        [ResourceCatalog.DaemonSet] = body => DaemonSet(body.Child("spec")),
        [ResourceCatalog.Job] = Job,
        [ResourceCatalog.CronJob] = body => CronJob(body.Child("spec")),
        [ResourceCatalog.Claim] = Claim,
        [ResourceCatalog.Volume] = body => Volume(body.Child("spec")),
        [ResourceCatalog.StorageClass] = StorageClass,
        [ResourceCatalog.NetworkPolicy] = body => NetworkPolicy(body.Child("spec")),
        [ResourceCatalog.PriorityClass] = body => body["preemptionPolicy"] ??= "PreemptLowerPriority",
        [ResourceCatalog.FlowSchema] = body => body.Child("spec")["matchingPrecedence"] ??= 1000,
        [ResourceCatalog.PriorityLevel] = body => PriorityLevel(body.Child("spec")),
        [ResourceCatalog.ValidatingWebhook] = Webhooks,
        [ResourceCatalog.MutatingWebhook] = Webhooks,
    };

    public static void Apply(ResourceType type, JsonObject body)
    {
        if (All.TryGetValue(type, out var fill))
        {
            fill(body);
        }
    }

    private static void PriorityLevel(JsonObject spec)
    {
        if (spec["exempt"] is JsonObject exempt)
        {
            exempt["nominalConcurrencyShares"] ??= 0;
            exempt["lendablePercent"] ??= 0;
        }

        if (spec["limited"] is JsonObject limited)
        {
            limited["nominalConcurrencyShares"] ??= 30;
            limited["lendablePercent"] ??= 0;
            if (limited.At("limitResponse", "queuing") is JsonObject queuing)
            {
                queuing["queues"] ??= 64;
                queuing["handSize"] ??= 8;
                queuing["queueLengthLimit"] ??= 50;
            }
        }
    }

    private static void StatefulSet(JsonObject spec)
    {
        spec["replicas"] ??= 1;
        spec["podManagementPolicy"] ??= "OrderedReady";
        spec["revisionHistoryLimit"] ??= 10;
        spec.Child("updateStrategy")["type"] ??= "RollingUpdate";
        if (spec.Text("updateStrategy", "type") == "RollingUpdate")
        {
            spec.Child("updateStrategy").Child("rollingUpdate")["partition"] ??= 0;
        }

        var retention = spec.Child("persistentVolumeClaimRetentionPolicy");
        retention["whenDeleted"] ??= "Retain";
        retention["whenScaled"] ??= "Retain";
        foreach (var template in spec.Items("volumeClaimTemplates").OfType<JsonObject>())
        {
            template["apiVersion"] ??= "v1";
            template["kind"] ??= ResourceCatalog.Claim.Kind;
            Claim(template);
        }

        Defaults.Pod(spec.Child("template").Child("spec"));
    }

    private static void DaemonSet(JsonObject spec)
    {
        spec["revisionHistoryLimit"] ??= 10;
        spec.Child("updateStrategy")["type"] ??= "RollingUpdate";
        if (spec.Text("updateStrategy", "type") == "RollingUpdate")
        {
            var rolling = spec.Child("updateStrategy").Child("rollingUpdate");
            rolling["maxUnavailable"] ??= 1;
            rolling["maxSurge"] ??= 0;
        }

        Defaults.Pod(spec.Child("template").Child("spec"));
    }

    /// <summary>A Job selects its pods by its own uid.</summary>
    private static void Job(JsonObject body)
    {
        var spec = body.Child("spec");
        JobSpec(spec);
        if (spec.Flag("manualSelector") == true || body.Uid() is not { Length: > 0 } uid)
        {
            return;
        }

        var labels = spec.Child("template").Child("metadata").Child("labels");
        foreach (var prefix in new[] { JobPrefix, "" })
        {
            labels[$"{prefix}controller-uid"] ??= uid;
            labels[$"{prefix}job-name"] ??= body.Name();
        }

        spec["selector"] ??= new JsonObject { ["matchLabels"] = new JsonObject { [$"{JobPrefix}controller-uid"] = uid } };
    }

    private static void JobSpec(JsonObject spec)
    {
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }

        spec["parallelism"] ??= 1;
        spec["backoffLimit"] ??= 6;
        spec["completionMode"] ??= "NonIndexed";
        spec["suspend"] ??= false;
        spec["podReplacementPolicy"] ??= "TerminatingOrFailed";
        Defaults.Pod(spec.Child("template").Child("spec"));
    }

    private static void CronJob(JsonObject spec)
    {
        spec["concurrencyPolicy"] ??= "Allow";
        spec["suspend"] ??= false;
        spec["successfulJobsHistoryLimit"] ??= 3;
        spec["failedJobsHistoryLimit"] ??= 1;
        Defaults.Pod(spec.Child("jobTemplate").Child("spec").Child("template").Child("spec"));
    }

    private static void Claim(JsonObject body)
    {
        body.Child("spec")["volumeMode"] ??= "Filesystem";
        body.Child("status")["phase"] ??= "Pending";
    }

    private static void Volume(JsonObject spec)
    {
        spec["persistentVolumeReclaimPolicy"] ??= "Retain";
        spec["volumeMode"] ??= "Filesystem";
    }

    private static void StorageClass(JsonObject body)
    {
        body["reclaimPolicy"] ??= "Delete";
        body["volumeBindingMode"] ??= "Immediate";
    }

    private static void NetworkPolicy(JsonObject spec)
    {
        spec["policyTypes"] ??= spec["egress"] is null ? new JsonArray("Ingress") : new JsonArray("Ingress", "Egress");
        foreach (
            var port in spec.Items("ingress").Concat(spec.Items("egress")).SelectMany(rule => rule.Items("ports")).OfType<JsonObject>()
        )
        {
            port["protocol"] ??= "TCP";
        }
    }

    private static void Webhooks(JsonObject body)
    {
        var mutates = body.Text("kind") == ResourceCatalog.MutatingWebhook.Kind;
        foreach (var hook in body.Items("webhooks").OfType<JsonObject>())
        {
            hook["failurePolicy"] ??= "Fail";
            hook["matchPolicy"] ??= "Equivalent";
            hook["namespaceSelector"] ??= new JsonObject();
            hook["objectSelector"] ??= new JsonObject();
            hook["timeoutSeconds"] ??= 10;
            if (mutates)
            {
                hook["reinvocationPolicy"] ??= "Never";
            }

            if (hook.At("clientConfig", "service") is JsonObject service)
            {
                service["port"] ??= 443;
            }

            foreach (var rule in hook.Items("rules").OfType<JsonObject>())
            {
                rule["scope"] ??= "*";
            }
        }
    }
}
