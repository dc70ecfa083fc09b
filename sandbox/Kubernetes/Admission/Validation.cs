using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission.Istio;
using MeshPort.Sandbox.Kubernetes.Admission.Webhooks;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Validates an object of any kind before it is stored.</summary>
internal static class Validation
{
    private const int LongestAnnotations = 262144;
    private static readonly System.Buffers.SearchValues<char> Base64Letters = System.Buffers.SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    );

    private static readonly (string Field, string Why)[] OwnerFields =
    [
        ("apiVersion", "version must not be empty"),
        ("kind", "must not be empty"),
        ("name", "must not be empty"),
        ("uid", "must not be empty"),
    ];

    /// <param name="schema">The schema of the body's version.</param>
    public static void Check(ResourceType type, Schema schema, JsonObject? before, JsonObject body)
    {
        Cause[] causes =
        [
            .. Names.OfObject(type, body.Name()),
            .. Metadata(body),
            .. type.Custom ? CustomValidation.Check(schema, before, body) : Spec(type, before, body),
        ];
        if (causes.Length > 0)
        {
            throw KubeError.Invalid(type, body.Name(), causes);
        }

        IstioWebhook.Check(type, body);
    }

    /// <summary>
    /// Only a Service of type LoadBalancer has addresses. A Service that changes its type loses them (kube-semantics x8).
    /// </summary>
    public static void CheckStatus(JsonObject service, string subresource)
    {
        Cause[] wrong =
        [
            .. service
                .Items("status", "loadBalancer", "ingress")
                .Index()
                .Where(entry => entry.Item.Text("ip") is { Length: > 0 } ip && !System.Net.IPAddress.TryParse(ip, out _))
                .Select(entry =>
                    Cause.Invalid(
                        $"status.loadBalancer.ingress[{entry.Index}].ip",
                        $"\"{entry.Item.Text("ip")}\"",
                        "must be a valid IP address"
                    )
                ),
        ];
        if (wrong.Length > 0)
        {
            throw KubeError.Invalid(ResourceCatalog.Service, service.Name(), wrong);
        }

        if (service.Text("spec", "type") == "LoadBalancer" || !service.Items("status", "loadBalancer", "ingress").Any())
        {
            return;
        }

        if (subresource == "status")
        {
            throw KubeError.Invalid(
                ResourceCatalog.Service,
                service.Name(),
                [
                    new Cause(
                        "FieldValueForbidden",
                        "Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
                        "status.loadBalancer.ingress"
                    ),
                ]
            );
        }

        service["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
    }

    private static IEnumerable<Cause> Metadata(JsonObject body)
    {
        if (body.Strings("metadata", "annotations").Sum(pair => pair.Key.Length + pair.Value.Length) > LongestAnnotations)
        {
            yield return new Cause(
                "FieldValueTooLong",
                $"Too long: may not be more than {LongestAnnotations} bytes",
                "metadata.annotations"
            );
        }

        foreach (var (index, owner) in body.Items("metadata", "ownerReferences").Index())
        {
            foreach (var (field, why) in OwnerFields.Where(required => owner.Text(required.Field) is null or ""))
            {
                yield return Cause.Invalid($"metadata.ownerReferences[{index}].{field}", "\"\"", why);
            }
        }
    }

    private static IEnumerable<Cause> Spec(ResourceType type, JsonObject? before, JsonObject body) =>
        type switch
        {
            _ when type == ResourceCatalog.Service => ServiceAdmission
                .Validate(body)
                .Concat(before is null ? [] : ServiceAdmission.Immutable(before, body)),
            _ when type == ResourceCatalog.Deployment || type == ResourceCatalog.ReplicaSet => WorkloadValidation.Workload(before, body),
            _ when type == ResourceCatalog.StatefulSet => SetValidation.StatefulSet(before, body),
            _ when type == ResourceCatalog.DaemonSet => SetValidation.DaemonSet(before, body),
            _ when type == ResourceCatalog.Job => BatchValidation.Job(before, body),
            _ when type == ResourceCatalog.CronJob => BatchValidation.CronJob(body),
            _ when type == ResourceCatalog.Claim => StorageValidation.Claim(before, body),
            _ when type == ResourceCatalog.Volume => StorageValidation.Volume(body),
            _ when type == ResourceCatalog.StorageClass => StorageValidation.StorageClass(before, body),
            _ when type == ResourceCatalog.Ingress => IngressValidation.Check(body),
            _ when type == ResourceCatalog.ValidatingWebhook || type == ResourceCatalog.MutatingWebhook => WebhookValidation.Check(body),
            _ when type == ResourceCatalog.Scaler => WorkloadValidation.Scaler(body),
            _ when type == ResourceCatalog.DisruptionBudget => WorkloadValidation.DisruptionBudget(body),
            _ when type == ResourceCatalog.Pod => PodValidation
                .Check(body["spec"], "spec", alwaysRestarts: false)
                .Concat(PodChanges(before, body)),
            _ when type == ResourceCatalog.Role || type == ResourceCatalog.ClusterRole => RoleValidation.Role(type, body),
            _ when type == ResourceCatalog.RoleBinding || type == ResourceCatalog.ClusterRoleBinding => RoleValidation.Binding(
                type,
                before,
                body
            ),
            _ when type == ResourceCatalog.RuntimeClass => ClassValidation.Runtime(before, body),
            _ when type == ResourceCatalog.FlowSchema => ClassValidation.FlowSchema(body),
            _ when type == ResourceCatalog.PriorityLevel => ClassValidation.PriorityLevel(body),
            _ when type == ResourceCatalog.CertificateRequest => CertificateRequests.Check(before, body),
            _ when type == ResourceCatalog.ConfigMap || type == ResourceCatalog.Secret => Contents(type, before, body),
            _ => [],
        };

    /// <summary>Only images and a few other fields of an existing pod may change.</summary>
    private static IEnumerable<Cause> PodChanges(JsonObject? before, JsonObject body)
    {
        if (before is null || (Fixed(before) is var old && JsonNode.DeepEquals(old, Fixed(body))))
        {
            return [];
        }

        return
        [
            new Cause(
                "FieldValueForbidden",
                "Forbidden: pod updates may not change fields other than "
                    + "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
                    + "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                    + "previously negative)",
                "spec"
            ),
        ];

        static JsonNode? Fixed(JsonObject pod)
        {
            var spec = pod["spec"]?.DeepClone() as JsonObject ?? [];
            foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")).OfType<JsonObject>())
            {
                container.Remove("image");
            }

            foreach (var free in new[] { "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName" })
            {
                spec.Remove(free);
            }

            return spec;
        }
    }

    private static IEnumerable<Cause> Contents(ResourceType type, JsonObject? before, JsonObject body)
    {
        foreach (var (name, value) in body["data"] as JsonObject ?? [])
        {
            if (type == ResourceCatalog.Secret && value?.ToString() is { } text && !System.Buffers.Text.Base64.IsValid(text))
            {
                throw KubeError.BadRequest(
                    "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte "
                        + $"{Math.Max(text.AsSpan().IndexOfAnyExcept(Base64Letters), 0)}"
                );
            }

            if (!Names.IsContentKey(name))
            {
                yield return Cause.Invalid(
                    $"data[{name}]",
                    $"\"{name}\"",
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
                        + "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                );
            }
        }

        if (before is null)
        {
            yield break;
        }

        if (before.Flag("immutable") == true && !JsonNode.DeepEquals(before["data"], body["data"]))
        {
            yield return new Cause("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set", "data");
        }

        if (type == ResourceCatalog.Secret && before.Text("type") != body.Text("type"))
        {
            yield return Cause.Invalid("type", $"\"{body.Text("type")}\"", "field is immutable");
        }
    }
}
