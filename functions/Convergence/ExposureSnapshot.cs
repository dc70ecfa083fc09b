using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Proof;
using MeshPort.Routes;
using MeshPort.Workloads;

namespace MeshPort.Convergence;

/// <summary>Reads the objects of a cluster that the steps of a pass need.</summary>
internal static class ExposureSnapshot
{
    private static readonly ObjectKind[] Family =
    [
        .. WorkloadPlan.Family,
        .. RouteObjects.Family,
        ObjectKind.ListenerGateway,
        ObjectKind.ConfigMap,
    ];

    /// <param name="installation">The name of this installation.</param>
    /// <param name="now">The time that decides whether certificates are valid.</param>
    /// <param name="provider">Null where no exposure needs it.</param>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public static async Task<ClusterObjects> ReadAsync(
        KubernetesApi api,
        ExposurePass pass,
        string installation,
        DateTimeOffset now,
        SecretsProvider? provider,
        CancellationToken cancellationToken
    )
    {
        var usesGatewayApi = pass.Spec.Strategy == Strategy.GatewayApi && pass.Wanted.Count > 0;
        var kinds = KindsInUse.Of(pass.ClusterStatus, Family, Desired(pass, provider)).ToList();
        if (usesGatewayApi || PreviousStrategy.IsInUse(pass.ClusterStatus, Strategy.GatewayApi))
        {
            kinds.Add(ObjectKind.ListenerGateway);
        }

        if (usesGatewayApi)
        {
            kinds.Add(ObjectKind.Gateway); // a Gateway of Istio may select the pods of a Gateway of the Gateway API
        }

        if (GatewayParameters.AreNeeded(pass.Spec, pass.Wanted))
        {
            kinds.Add(ObjectKind.ConfigMap);
        }

        if (pass.Wanted.Any(exposure => OpenTime.Proves(exposure.Spec)))
        {
            kinds.Add(ObjectKind.DestinationRule); // a rule of others may change how long a gateway tries to connect
        }

        var query = new ObjectsQuery(
            kinds,
            [.. kinds.Where(kind => kind != ObjectKind.ConfigMap && !WorkloadPlan.Family.Contains(kind))],
            [
                // Exposures that a probe proves need no explanation, so an idle resync does not read these.
                .. pass.Wanted.All(exposure => exposure.IsProven) ? [] : ForeignPolicies.Kinds,
                .. pass.Wanted.Any(Endpoints.AreNeeded) ? [ObjectKind.EndpointSlice] : Array.Empty<ObjectKind>(),
            ],
            usesGatewayApi,
            AddOn.ControlPlaneSelector
        )
        {
            Installation = installation,
            Namespaces = Namespaces(pass),
            GatewayNamespaces =
                pass.Spec.Strategy == Strategy.GatewayApi
                    ? GatewayHomes.Of(pass.Spec, pass.ClusterStatus)
                    : GatewayNamespaces.Marked(pass.ClusterStatus),
            Former = new OptionalNamespaces([.. GatewayNamespaces.Marked(pass.ClusterStatus).Except(Needed(pass))]),
            MayLackParameters = pass.Wanted.Count > 0, // a removal must not leave any
            ControlPlaneNamespace = AddOn.ControlPlaneNamespace(pass.Spec),
        };
        var objects = await ClusterObjects.ReadAsync(api, query, cancellationToken);
        if (pass.Deleting.Count > 0)
        {
            objects = await objects.AddUnmarkedAsync(api, query, cancellationToken);
        }

        return objects with
        {
            SecretsProvider = provider,
            PodErrors = await PodErrors.ReadAsync(
                api,
                WorkloadPlan.NotReady(pass.Wanted, pass.Spec, objects),
                pass.Spec.IsAutomatic,
                cancellationToken
            ),
            PodLabels = await GatewayPods.ReadAsync(api, ForeignListeners.Undecided(pass.Wanted, pass.Spec, objects), cancellationToken),
            Secrets = await GatewaySecrets.ReadAsync(api, pass.Spec, pass.Wanted, now, cancellationToken),
            LoadBalancerFailures = await PortServices.ReadFailuresAsync(api, pass.Spec, pass.Wanted, objects, cancellationToken),
        };
    }

    /// <summary>The namespaces of the backends, of the gateways, and of the Services that may ask for exposures.</summary>
    private static string[] Namespaces(ExposurePass pass) =>
        [.. Needed(pass).Concat(GatewayNamespaces.Marked(pass.ClusterStatus)).Distinct()];

    /// <summary>The same without those of Gateways that the spec has left.</summary>
    private static IReadOnlyList<string> Needed(ExposurePass pass) =>
        [
            .. pass
                .Wanted.Concat(pass.Deleting)
                .SelectMany(exposure => exposure.Spec.Backends)
                .Where(backend => !backend.IsHost)
                .Select(backend => backend.Namespace)
                .Concat(Enum.GetValues<GatewayKind>().Select(gateway => AddOn.Gateway(pass.Spec, gateway).Namespace))
                .Concat(GatewayNamespaces.Of(pass.Spec))
                .Concat(pass.Spec.Discover?.Namespaces ?? [])
                .Distinct(),
        ];

    private static List<DesiredObject> Desired(ExposurePass pass, SecretsProvider? provider) =>
        [.. WorkloadPlan.Desired(pass.Wanted, pass.Spec, provider), .. RouteObjects.Of(pass.Wanted, pass.Spec)];
}
