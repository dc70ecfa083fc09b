using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// Finds gateways and backends to which no connection can go, pure. A probe proves one of several backends, and MeshPort does not reach
/// every port. The EndpointSlices of a Service decide (discovery.k8s.io/v1):
/// <code>
/// EndpointSlices                                               | backend's error | gateway's error
/// -------------------------------------------------------------+-----------------+----------------
/// none of any Service: MeshPort may not list them              | none            | none
/// none of the Service                                          | yes             | none
/// one has the Service's port, and a ready endpoint             | none            | none
/// one has another port, and a ready endpoint                   | yes             | none
/// any other                                                    | yes             | yes
/// </code>
/// </summary>
internal sealed class Endpoints(ClusterSpec spec, ClusterObjects objects)
{
    private readonly ILookup<(string Namespace, string? Service), JsonObject> _slices = EndpointSlices.Of(objects);

    /// <summary>
    /// Whether MeshPort reads EndpointSlices for an exposure. A probe of a single backend needs none while it succeeds. Where only nodes
    /// with a pod of the gateway take connections, they tell which.
    /// </summary>
    public static bool AreNeeded(NamedExposure exposure) =>
        !exposure.IsProven || exposure.Spec.ClientAddress is not null || exposure.Spec.Backends.Count(backend => backend.Weight > 0) > 1;

    public EndpointErrors Find(ExposureSpec exposure) => new(FindGateway(exposure), _slices.Count == 0 ? null : FindBackend(exposure));

    private string? FindGateway(ExposureSpec exposure)
    {
        var gateway = GatewayPods.ServiceOf(exposure, spec);
        var slices = _slices[(gateway.Namespace, gateway.Name)].ToList();
        return slices.Count == 0 || slices.Exists(EndpointSlices.HasReady)
            ? null
            : $"No pod of the gateway behind Service {gateway.Namespace}/{gateway.Name} is ready, so all connections fail. "
                + $"Check the pods of namespace {gateway.Namespace} and the nodes.";
    }

    private string? FindBackend(ExposureSpec exposure)
    {
        var weights = exposure.Backends.Sum(backend => backend.Weight);
        return exposure
            .Backends.Where(backend => backend.Weight > 0 && !backend.IsHost && !IsServed(backend))
            .Select(backend =>
                $"Service {backend.Namespace}/{backend.Service} has no ready endpoint for port {backend.Port}, so "
                + (backend.Weight == weights ? "all connections" : $"{100 * backend.Weight / weights} % of the connections")
                + " fail. Check its selector, its target port and its pods."
            )
            .FirstOrDefault();
    }

    private bool IsServed(BackendSpec backend)
    {
        var service = objects.Services.GetValueOrDefault(new ObjectRef(ObjectKind.Service, backend.Namespace, backend.Service));
        var name = service?.ServicePorts().FirstOrDefault(port => port.PortNumber() == backend.Port && port.IsTcp())?["name"];
        return _slices[(backend.Namespace, backend.Service)]
            .Any(slice =>
                slice.Items("ports").Any(port => $"{port["name"]}" == $"{name}" && port.IsTcp()) && EndpointSlices.HasReady(slice)
            );
    }
}

/// <param name="OfGateway">The error of the gateway before the backends, with its remedy; null without one.</param>
/// <param name="OfBackend">The error of the first backend that has one, with its remedy; null without one.</param>
internal sealed record EndpointErrors(string? OfGateway, string? OfBackend);
