using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>Fields that the API server fills in.</summary>
internal static class Defaults
{
    /// <param name="schema">The schema of the body's version.</param>
    public static void Apply(ResourceType type, Schema schema, JsonObject body)
    {
        SchemaDefaults.Fill(body, schema);
        if (type == ResourceCatalog.Service)
        {
            ServiceAdmission.Default(body);
            _ = body.Child("status").Child("loadBalancer");
        }
        else if (type == ResourceCatalog.Deployment || type == ResourceCatalog.ReplicaSet)
        {
            var spec = body.Child("spec");
            spec["replicas"] ??= 1;
            if (type == ResourceCatalog.Deployment)
            {
                spec["progressDeadlineSeconds"] ??= 600;
                spec["revisionHistoryLimit"] ??= 10;
                if (spec["strategy"] is null or JsonObject { Count: 0 }) // some clients send an empty strategy
                {
                    spec["strategy"] = new JsonObject
                    {
                        ["type"] = "RollingUpdate",
                        ["rollingUpdate"] = new JsonObject { ["maxSurge"] = "25%", ["maxUnavailable"] = "25%" },
                    };
                }
            }

            Pod(spec.Child("template").Child("spec"));
            _ = body.Child("status");
        }
        else if (type == ResourceCatalog.Pod)
        {
            Pod(body.Child("spec"));
            Requests(body.Child("spec"));
            body.Child("status")["phase"] ??= "Pending";
        }
        else if (type == ResourceCatalog.Namespace)
        {
            body.Child("spec")["finalizers"] ??= new JsonArray("kubernetes");
            body.Child("status")["phase"] ??= "Active";
            body.Child("metadata").Child("labels")["kubernetes.io/metadata.name"] = body.Name();
        }
        else if (type == ResourceCatalog.ResourceQuota || type == ResourceCatalog.Ingress)
        {
            _ = body.Child("status");
        }
        else if (type == ResourceCatalog.Scaler)
        {
            body.Child("spec")["minReplicas"] ??= 1;
        }
        else if (type == ResourceCatalog.RoleBinding || type == ResourceCatalog.ClusterRoleBinding)
        {
            RoleValidation.Default(body);
        }
        else if (type == ResourceCatalog.Secret)
        {
            foreach (var (name, text) in body["stringData"] as JsonObject ?? [])
            {
                body.Child("data")[name] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text?.ToString() ?? ""));
            }

            body.Remove("stringData");
            body["type"] ??= "Opaque";
        }
        else
        {
            KindDefaults.Apply(type, body);
        }
    }

    /// <summary>A limit is also the request, if the pod names no other.</summary>
    /// <summary>To a thousandth (kubernetes/kubernetes, pkg/apis/core/v1, SetDefaults_ResourceList).</summary>
    private static void RoundUp(JsonNode? amounts)
    {
        foreach (var (name, amount) in (amounts as JsonObject ?? []).ToArray())
        {
            if (Quantity.Parse(amount) * 1000 is { } thousandths && decimal.Ceiling(thousandths) != thousandths)
            {
                amounts![name] = string.Create(CultureInfo.InvariantCulture, $"{decimal.Ceiling(thousandths)}m"); // has the amount
            }
        }
    }

    private static void Requests(JsonObject spec)
    {
        foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")).OfType<JsonObject>())
        {
            foreach (var (name, limit) in container.At("resources", "limits") as JsonObject ?? [])
            {
                container.Child("resources").Child("requests")[name] ??= limit?.DeepClone();
            }
        }
    }

    private static void Probe(JsonObject probe)
    {
        probe["timeoutSeconds"] ??= 1;
        probe["periodSeconds"] ??= 10;
        probe["successThreshold"] ??= 1;
        probe["failureThreshold"] ??= 3;
        if (probe["httpGet"] is JsonObject get)
        {
            get["path"] ??= "/";
            get["scheme"] ??= "HTTP";
        }
    }

    public static void Pod(JsonObject spec)
    {
        spec["restartPolicy"] ??= "Always";
        spec["dnsPolicy"] ??= "ClusterFirst";
        spec["schedulerName"] ??= "default-scheduler";
        spec["terminationGracePeriodSeconds"] ??= 30;
        spec["securityContext"] ??= new JsonObject();
        foreach (var container in spec.Items("containers").OfType<JsonObject>())
        {
            container["imagePullPolicy"] ??=
                container.Text("image") is { } image
                && (image.EndsWith(":latest", StringComparison.Ordinal) || !image.Split('/')[^1].Contains(':', StringComparison.Ordinal))
                    ? "Always"
                    : "IfNotPresent";
            container["resources"] ??= new JsonObject();
            RoundUp(container.At("resources", "requests"));
            RoundUp(container.At("resources", "limits"));
            container["terminationMessagePath"] ??= "/dev/termination-log";
            container["terminationMessagePolicy"] ??= "File";
            foreach (
                var probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" }
                    .Select(name => container[name])
                    .OfType<JsonObject>()
            )
            {
                Probe(probe);
            }

            foreach (var port in container.Items("ports").OfType<JsonObject>())
            {
                port["protocol"] ??= "TCP";
            }
        }
    }
}
