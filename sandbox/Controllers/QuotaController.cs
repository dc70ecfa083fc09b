using System.Text.Json.Nodes;
using MeshPort.Sandbox.Controllers.Workloads;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Admission.Policies;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Reports the usage of ResourceQuotas.</summary>
internal sealed class QuotaController(ObjectStore store, ObjectWriter writer) : IController
{
    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        foreach (var quota in store.List(ResourceCatalog.ResourceQuota))
        {
            var hard = quota.At("spec", "hard") as JsonObject ?? [];
            writer.SetStatus(
                ResourceCatalog.ResourceQuota,
                quota,
                new JsonObject
                {
                    ["hard"] = hard.DeepClone(),
                    ["used"] = new JsonObject(
                        Quotas
                            .Used(store, quota)
                            .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Quotas.Text(hard, pair.Key, pair.Value)))
                    ),
                }
            );
        }

        return null;
    }
}
