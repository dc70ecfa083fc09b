using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>
/// Restores the add-on's own Services at a fixed interval. It removes foreign ports and other edits, and keeps <c>externalTrafficPolicy</c>
/// and the annotations that AKS allows (domain facts 1.7). The store holds the time of the next run.
/// </summary>
internal sealed class AddOnReconciler(ObjectStore store, ObjectWriter writer, Func<ClusterShape> shape, TimeSpan? period) : IController
{
    private const string Note = "add-on-reconciler";
    private const string Azure = "service.beta.kubernetes.io/";

    private static readonly string[] OwnPorts = [$"{Azure}port_80_", $"{Azure}port_443_"];

    private static readonly HashSet<string> AllowedAnnotations =
    [
        "external-dns.alpha.kubernetes.io/hostname",
        $"{Azure}azure-allowed-ip-ranges",
        $"{Azure}azure-allowed-service-tags",
        $"{Azure}azure-disable-load-balancer-floating-ip",
        $"{Azure}azure-load-balancer-internal-subnet",
        $"{Azure}azure-load-balancer-ipv4",
        $"{Azure}azure-load-balancer-disable-tcp-reset",
        $"{Azure}azure-load-balancer-resource-group",
        $"{Azure}azure-load-balancer-tcp-idle-timeout",
        $"{Azure}azure-pip-ip-tags",
        $"{Azure}azure-pip-name",
        $"{Azure}azure-shared-securityrule",
    ];

    public DateTimeOffset? Reconcile(DateTimeOffset now)
    {
        if (period is not { } every || shape().Mesh is null)
        {
            return null;
        }

        var due = store.Note(Note)?["at"]?.GetValue<DateTimeOffset>();
        if (due is null || now >= due)
        {
            if (due is not null)
            {
                Restore(MeshObjects.ExternalGateway);
                Restore(MeshObjects.InternalGateway);
            }

            due = now + every;
            store.PutNote(Note, new JsonObject { ["at"] = due });
        }

        return due;
    }

    private void Restore(string gateway)
    {
        if (store.Get(ResourceCatalog.Service, MeshObjects.IngressNamespace, gateway) is null)
        {
            return; // MeshAddOn creates it again
        }

        writer.Update(
            ResourceCatalog.Service,
            MeshObjects.IngressNamespace,
            gateway,
            live =>
            {
                var wanted = MeshObjects.GatewayService(gateway);
                foreach (var (name, value) in live.Strings("metadata", "annotations").Where(pair => Allowed(pair.Key)))
                {
                    wanted.Child("metadata").Child("annotations")[name] = value;
                }

                foreach (var kept in new[] { "externalTrafficPolicy", "clusterIP", "clusterIPs" })
                {
                    wanted.Child("spec")[kept] = live.At("spec", kept)?.DeepClone();
                }

                return wanted;
            },
            new WriteOptions("v1", MeshObjects.Manager)
        );
    }

    private static bool Allowed(string annotation) =>
        AllowedAnnotations.Contains(annotation)
        || OwnPorts.Any(port =>
            annotation.StartsWith(port, StringComparison.Ordinal)
            && annotation[port.Length..] is var rule
            && (rule is "no_lb_rule" or "no_probe_rule" || rule.StartsWith("health-probe_", StringComparison.Ordinal))
        );
}
